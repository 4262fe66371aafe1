"""Figures of deals recomputed apart: how many, how much, how far, how long; by rows K1 to K25."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from recount import Oracle
from recounted import (
    TODAY,
    Moment,
    Past,
    agreed_at,
    costs_of,
    day,
    extra_of,
    local,
    mean,
    percent,
    since,
    wall_days,
    worth,
)

Figure = Decimal | None
Sums = dict[Any, Decimal]
FORECASTS = ("weighted", "best", "commit", "historical")
YEAR = timedelta(days=365)
NOUGHT = Decimal(0)
COVERED = {
    "average_deal_sum", "potential_deals:flow", "potential_deals:stock", "funnel:any",
    "funnel:strict", "open_deals", "seller_contribution", "deal_length:elapsed",
    "deal_length:active", "win_reasons", "lost_to_competitors", "sales_profitability",
    "extra_sales_share:revenue", "net_revenue:won", "net_revenue:invoiced",
    "lead_conversion:flow_ratio", "channel_share:first", "channel_share:last",
    *(f"forecast:{one}" for one in FORECASTS),
}  # fmt: skip


@dataclass
class Sales:
    """Each formula of deals, over the days of the facts' time."""

    facts: Oracle
    today: date = TODAY

    def figures(self) -> dict[str, Figure]:
        return {**self.sums(), **self.lengths(), **self.forecast(), **self.shares()}

    def of(self, name: str) -> Iterator[tuple[Past, datetime]]:
        """Deals closed so in the time and still closed so; the event says when."""
        for past in self.facts.world.of("deal"):
            at = past[-1].when(name)
            if at is not None and self.facts.was(at):
                yield past, at

    def sold(self) -> list[tuple[Past, datetime, Decimal]]:
        """Wins whose amount is known, and what it is worth in hryvnias."""
        return [
            (past, at, told)
            for past, at in self.of("won_at")
            if (said := past[-1].said)["amount"] is not None
            and (told := worth(Decimal(said["amount"]), said["currency"], local(at))) is not None
        ]

    def sums(self) -> dict[str, Figure]:
        facts, won, sold = self.facts, list(self.of("won_at")), self.sold()
        lost = [past for past, _ in self.of("lost_at")]
        known = list(facts.world.of("deal"))
        dated = [past for past in known if past[-1].said["created_at_known"]]
        came = sum(facts.was(past[-1].when("created_at")) for past in dated)
        undated = sum(facts.was(past[-1].when("created_at")) for past in known) - came
        leads = sum(facts.was(past[0].at) for past in facts.world.of("lead"))
        kept = {past[0].subject for past in facts.world.purchases()}
        bought = [told for past, _, told in sold if past[0].subject in kept]
        paying = [told for told in bought if told]
        whole = sum((told for _, _, told in sold), NOUGHT)
        priced = whole if sold or not won else None
        costed = [
            (told, part)
            for past, at, told in sold
            if (cost := costs_of(past[-1].said)) is not None
            and (part := worth(cost, past[-1].said["currency"], local(at))) is not None
        ]
        base = sum((told for told, _ in costed), NOUGHT)
        extra = sum(
            (
                worth(extra_of(past[-1].said), past[-1].said["currency"], local(at)) or NOUGHT
                for past, at, _ in sold
            ),
            NOUGHT,
        )
        back = facts.money(
            (Decimal(one["amount"]), one["currency"], day(one["paid_on"]))
            for one in (past[-1].said for past in facts.world.of("payment"))
            if one["kind"] == "refund" and not one["voided_at"]
        )
        billed = [past[-1].said for past in facts.world.of("invoice")]
        return {
            "average_deal_sum": sum(bought, NOUGHT) / len(paying) if paying else None,
            # brought by an import, and of none of them is it known when they began
            "potential_deals:flow": None if undated and not came else Decimal(came),
            "potential_deals:stock": Decimal(len(self.standing())),
            "open_deals": Decimal(len(self.standing())),
            "seller_contribution": priced,
            "win_reasons": Decimal(len(won)),
            "lost_to_competitors": Decimal(
                sum(past[-1].said.get("competitor_id") is not None for past in lost)
            ),
            "sales_profitability": sum((told - cost for told, cost in costed), NOUGHT) * 100 / base
            if base
            else None,
            "extra_sales_share:revenue": extra * 100 / whole if whole else None,
            "net_revenue:won": None
            if not whole and not back and (priced is None or (back is None and not sold))
            else whole - (back or NOUGHT),
            "net_revenue:invoiced": facts.money(
                (
                    Decimal(one["net"]) * (-1 if one["kind"] == "credit_note" else 1),
                    one["currency"],
                    day(one["issue_date"]),
                )
                for one in billed
                if one["status"] not in ("void", "draft")
            ),
            "lead_conversion:flow_ratio": percent(came, leads),
        }  # fmt: skip

    def standing(self) -> list[dict[str, Any]]:
        """K4, K21: what was open when the time ended, as it was then."""
        found = []
        for past in self.facts.world.of("deal"):
            known = [one for one in past if local(one.at) < self.facts.end]
            # deleted just then, and restored only later, it had left the pipeline
            if known and known[-1].verb != "deleted" and known[-1].said["outcome"] == "open":
                found.append(known[-1].said)
        return found

    def lengths(self) -> dict[str, Figure]:
        """K24: from creation to the win in force; active: only while it was open."""
        whole, active = [], []
        for past, at in self.of("won_at"):
            began = past[-1].when("created_at")
            if began is None or not past[-1].said["created_at_known"]:
                continue
            whole.append(wall_days(began, at))
            active.append(
                sum(
                    wall_days(one.at, after.at)
                    for one, after in pairwise(past)
                    if one.said["outcome"] == "open" and one.verb != "deleted"
                )
            )
        return {"deal_length:elapsed": mean(whole), "deal_length:active": mean(active)}

    # K8: the funnel.

    def ways(self) -> Iterator[tuple[Past, list[Moment]]]:
        """Each deal's entries to stages, one after another."""
        for past in self.facts.world.of("deal"):
            entries = past[:1]
            for one in past[1:]:
                if one.said["stage_id"] != entries[-1].said["stage_id"]:
                    entries.append(one)
            yield past, entries

    def order(self) -> list[dict[str, Any]]:
        stages: list[dict[str, Any]] = self.facts.world.lives["pipeline"][0][-1].said["stages"]
        return sorted(stages, key=lambda one: one["position"])

    def further(self, stage: str, *, strict: bool) -> set[str]:
        """Where a deal has come further than this stage; being lost is no advance."""
        line = [one["id"] for one in self.order() if one["outcome"] != "lost"]
        place = line.index(stage) + 1 if stage in line else len(line)
        return set(line[place:][: 1 if strict else None])

    def funnel(self, *, strict: bool) -> dict[str, tuple[int, int, int]]:
        """By stage: entered for the first time, passed, lost without having come further."""
        found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for past, entries in self.ways():
            seen = set()
            for place, one in enumerate(entries):
                stage = one.said["stage_id"]
                is_first = stage not in seen
                seen.add(stage)
                is_dated = place > 0 or past[-1].said["created_at_known"]
                if not is_first or not is_dated or not self.facts.was(one.at):
                    continue
                later = {other.said["stage_id"] for other in entries[place + 1 :]}
                is_open = one.said["outcome"] == "open"
                passed = is_open and bool(later & self.further(stage, strict=strict))
                any_way = is_open and bool(later & self.further(stage, strict=False))
                is_over = is_open and not any_way and past[-1].said["outcome"] == "lost"
                for number, told in enumerate((True, passed, is_over)):
                    found[stage][number] += told
        return {stage: (n, passed, lost) for stage, (n, passed, lost) in found.items()}

    # K25: what is to come.

    def ahead(self) -> list[tuple[Past, Decimal | None]]:
        """Open deals expected from today on within the time, and what they would be worth."""
        found = []
        for past in self.facts.world.of("deal"):
            said = past[-1].said
            on = day(said["expected_close_date"]) if said["expected_close_date"] else None
            if said["outcome"] != "open" or on is None:
                continue
            if on >= self.today and self.facts.within(on):
                amount = said["amount"]
                known = None if amount is None else worth(Decimal(amount), said["currency"], on)
                found.append((past, known))
        return found

    def chance(self, stage: str) -> Decimal:
        """Of the deals that came into a stage within the last twelve months, the part won since."""
        wins = {one["id"] for one in self.order() if one["outcome"] == "won"}
        came = won = 0
        for past, entries in self.ways():
            places = [n for n, one in enumerate(entries) if one.said["stage_id"] == stage]
            if not places or not self.today - YEAR <= local(entries[places[0]].at) < self.today:
                continue
            if places[0] or past[-1].said["created_at_known"]:
                came += 1
                won += any(one.said["stage_id"] in wins for one in entries[places[0] + 1 :])
        return Decimal(won) / came if came else NOUGHT

    def forecast(self) -> dict[str, Figure]:
        sold = sum((told for _, _, told in self.sold()), NOUGHT)
        due = self.ahead()
        ahead = [(past[-1].said, told) for past, told in due if told is not None]
        if not self.sold() and not ahead and (due or any(self.of("won_at"))):
            # of nothing of it is known what it comes to
            return dict.fromkeys(f"forecast:{one}" for one in FORECASTS)
        stages = {said["stage_id"] for said, _ in ahead}
        chances = {stage: self.chance(stage) for stage in stages}
        coming = {
            "weighted": (told * said["probability"] / 100 for said, told in ahead),
            "best": (told for _, told in ahead),
            "commit": (told for said, told in ahead if said["probability"] >= 70),
            "historical": (told * chances[said["stage_id"]] for said, told in ahead),
        }
        return {f"forecast:{one}": sold + sum(told, NOUGHT) for one, told in coming.items()}

    # K9: to which channels revenue goes.

    def touches(self) -> Iterator[tuple[Decimal, list[tuple[datetime, str]]]]:
        """Each sale with the channels named on its way, in the order of time."""
        leads: dict[Any, list[tuple[datetime, str]]] = defaultdict(list)
        for past in self.facts.world.of("lead"):
            if past[-1].said["channel"] and self.facts.who(past):
                leads[self.facts.who(past)].append((past[0].at, past[-1].said["channel"]))
        for past, at, told in self.sold():
            said = past[-1].said
            known = [one for one in leads[self.facts.who(past)] if one[0] <= at]
            if said["channel"] and said["channel"] not in {channel for _, channel in known}:
                began = past[0].when("created_at") or at
                known.append((began, said["channel"]))
            yield told, sorted(known)

    def brought(self, model: str) -> Sums:
        """By channel; `None` is what nobody knows, and stays in the whole."""
        found: Sums = defaultdict(Decimal)
        for told, known in self.touches():
            if not known:
                found[None] += told
                continue
            first, last = known[0][0], known[-1][0]
            chosen = {
                "first": [min(c for at, c in known if at == first)],
                "last": [min(c for at, c in known if at == last)],
                "linear": [channel for _, channel in known],
            }[model]
            for channel in chosen:
                found[channel] += told / len(chosen)
        return found

    def shares(self) -> dict[str, Figure]:
        whole = sum((told for _, _, told in self.sold()), NOUGHT)
        known = {
            f"channel_share:{model}": whole - self.brought(model).get(None, NOUGHT)
            for model in ("first", "last")
        }
        return {name: part * 100 / whole if whole else None for name, part in known.items()}

    # Cuts: what each key has of the whole.

    def cut(self, name: str) -> dict[str, Sums]:
        """By dimension, what each key has; keys as events tell them."""
        facts = self.facts
        if name == "sales_volume":
            told: Iterable[tuple[Past, Decimal]] = [(past, x) for past, _, x in self.sold()]
        elif name == "won_deals":
            told = [(past, Decimal(1)) for past, _ in self.of("won_at")]
        elif name == "loss_reasons":
            told = [(past, Decimal(1)) for past, _ in self.of("lost_at")]
        else:
            told = [
                (past, Decimal(1))
                for past in facts.world.of("deal")
                if facts.was(past[-1].when("created_at")) and past[-1].said["created_at_known"]
            ]
        keys: dict[str, Callable[[Past], Any]] = {
            "owner": lambda past: self.credited(past, name)["owner_id"],
            "team": lambda past: self.credited(past, name)["team_id"],
            "channel": lambda past: past[-1].said["channel"],
            "customer": facts.who,
        }
        if name != "potential_deals":
            keys["reason"] = lambda past: past[-1].said["reason_id"]
        if name == "sales_volume":
            del keys["reason"]
        return {by: summed((key(past), x) for past, x in told) for by, key in keys.items()}

    def credited(self, past: Past, name: str) -> dict[str, Any]:
        """G12: credit goes to the owner at the time of the event."""
        if name == "potential_deals":
            return past[0].said
        closed = since(past, "outcome", past[-1].said["outcome"])
        return closed.said if closed else past[-1].said

    def products(self) -> Sums:
        """K1 by product: each line has its share of the amount; without lines there is none."""
        found: Sums = defaultdict(Decimal)
        for past, _, told in self.sold():
            lines = past[-1].said["line_items"]
            whole = sum((Decimal(one["total"]) for one in lines), NOUGHT)
            for one in lines:
                part = Decimal(one["total"]) / whole if whole else Decimal(1) / len(lines)
                found[one["product_id"]] += told * part
            if not lines:
                found[None] += told
        return found

    # G11: what a ledger books.

    def booked(self) -> dict[str, Figure]:
        """Each win on its day and each reversal or correction on the day it was made."""
        n, whole = 0, NOUGHT
        for past in self.facts.world.lives.get("deal", []):
            if past[-1].said["is_void"]:
                continue
            before: dict[str, Any] | None = None
            for one in past:
                now = None if is_gone(past, one) or one.said["outcome"] != "won" else one.said
                if stands_for(now) == stands_for(before):
                    continue
                for said, sign in ((before, -1), (now, 1)):
                    if said is not None and self.facts.was(one.at):
                        n += sign
                        amount = Decimal(said["amount"] or 0)
                        told = worth(amount, said["currency"], local(one.at))
                        whole += sign * (told or NOUGHT)
                before = now
        return {"won_deals": Decimal(n), "sales_volume": whole, **self.reversed()}

    def reversed(self) -> dict[str, Figure]:
        """K2, K63: what a ledger takes back on the day on which all that was paid had gone back."""
        facts, n, whole, broken = self.facts, 0, NOUGHT, 0
        for past in facts.world.lives.get("deal", []):
            if past[-1].said["is_void"]:
                continue
            first, last = local(past[0].at), max(facts.end, local(past[-1].at))
            before: dict[str, Any] | None = None
            taken: dict[str, Any] | None = None
            for on in (first + timedelta(days=n) for n in range((last - first).days + 1)):
                so_far = [one for one in past if local(one.at) <= on]
                one = so_far[-1]
                won = None if is_gone(past, one) or one.said["outcome"] != "won" else one.said
                is_back = facts.world.went_back(past[0].subject, on)
                now, back = (None, won) if is_back else (won, None)
                if facts.within(on):
                    broken += agreed(back) - agreed(taken)
                    for said, sign in ((before, -1), (now, 1)):
                        if said is not None and said["amount"] is not None:
                            amount = worth(Decimal(said["amount"]), said["currency"], on)
                            whole += sign * (amount or NOUGHT)
                            n += sign * bool(amount)
                before, taken = now, back
        known = [past for past in facts.world.of("deal") if facts.was(agreed_at(past))]
        lost = sum(past[-1].said["outcome"] == "lost" for past in known)
        return {
            "average_deal_sum": whole / n if n > 0 else None,
            "breakdown_rate": percent(lost + broken, len(known)),
        }


def stands_for(said: dict[str, Any] | None) -> tuple[Any, ...] | None:
    """What a ledger keeps of a win: another amount is a correction."""
    if said is None:
        return None
    return None if said["amount"] is None else Decimal(said["amount"]), said["currency"]


def agreed(said: dict[str, Any] | None) -> int:
    return int(said is not None and said.get("agreed_at") is not None)


def is_gone(past: Past, one: Moment) -> bool:
    """Whether it was deleted at this moment while it was open; closed money stays."""
    told = [other.verb for other in past[: past.index(one) + 1]]
    told = [verb for verb in told if verb in ("deleted", "restored")]
    return bool(told) and told[-1] == "deleted" and one.said["outcome"] == "open"


def summed(told: Iterable[tuple[Any, Decimal]]) -> Sums:
    found: Sums = defaultdict(Decimal)
    for key, amount in told:
        found[key] += amount
    return dict(found)
