"""Figures recomputed apart from reporting: plain Python over raw events, by the formulas."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from recount_reliance import Reliance
from recounted import (
    RATES,
    TODAY,
    Past,
    World,
    agreed_at,
    at_end,
    broken,
    costs_of,
    day,
    dead,
    extra_of,
    is_content,
    local,
    mean,
    percent,
    since,
    wall_days,
    worth,
)

__all__ = ["RATES", "Oracle", "World", "local"]


@dataclass
class Oracle(Reliance):
    """Each metric's formula, over the days from `start` until `end`."""

    def due(self, at: datetime | None) -> bool:
        return self.was(at) and at is not None and local(at) < TODAY

    def money(self, sums: Iterable[tuple[Decimal, str, date]]) -> Decimal | None:
        """Of what has no rate nobody knows the sum; of nothing it is nought."""
        told = [worth(*one) for one in sums if self.within(one[2])]
        known = [one for one in told if one is not None]
        return sum(known, Decimal(0)) if known or not told else None

    def figures(self) -> dict[str, Decimal | None]:
        told = (
            self.leads(), self.work(), self.service(), self.debts(), self.deals(), self.buyers(),
            self.dealings(), self.channels(), self.reliability(), self.promises(), self.foretold(),
        )  # fmt: skip
        return {name: value for part in told for name, value in part.items()}

    def leads(self) -> dict[str, Decimal | None]:
        came = [past for past in self.world.of("lead") if self.was(past[0].at)]
        converted = [one for one in came if one[-1].said["status"] == "converted"]
        turned = [since(past, "status", "converted") for past in self.world.of("lead")]
        refused = [since(past, "status", "disqualified") for past in self.world.of("lead")]
        answered = [
            (at - past[0].at).total_seconds() / 60
            for past in came
            if (at := past[-1].when("first_responded_at")) is not None
        ]
        late = [
            past
            for past in self.world.of("lead")
            for one in [next((one for one in past if one.verb == "overdue"), None)]
            if one and self.was(one.at) and past[-1].said["first_responded_at"] is None
        ]
        standing = [at_end(past, self.end) for past in self.world.of("lead")]
        return {
            "leads": Decimal(len(came)),
            "leads:stock": Decimal(
                sum(
                    one is not None
                    and one["status"] in ("new", "working")
                    and not one["awaits_confirmation"]
                    for one in standing
                )
            ),
            "lead_conversion:cohort": percent(len(converted), len(came)),
            "converted_leads": Decimal(sum(self.was(one.at) for one in turned if one)),
            "refused_leads": Decimal(sum(self.was(one.at) for one in refused if one)),
            "lead_response_time": mean(answered),
            "lost_leads": percent(len(late), len(came)),
        }

    def work(self) -> dict[str, Decimal | None]:
        met = [past for past in self.world.of("activity") if not dead(past)]
        due = [one for one in self.world.of("activity") if self.due(one[-1].when("due_at"))]
        due = [one for one in due if broken(one) or not dead(one)]
        kept = [one for one in due if one[-1].said["completed_at"] and not broken(one)]
        tasks = [past for past in self.world.of("task") if not dead(past)]
        asked = [one for one in tasks if self.due(one[-1].when("due_at"))]
        in_time = [
            one
            for one in asked
            for done in [since(one, "status", "done")]
            if done and done.at <= (one[-1].when("due_at") or done.at)
        ]
        done = [(one, at) for one in tasks for at in [since(one, "status", "done")] if at]
        done = [(one, at) for one, at in done if self.was(at.at)]
        decided = [
            (past[-1].when("decided_at"), past[-1].when("requested_at"))
            for past in self.world.of("approval")
            if past[-1].said["state"] in ("approved", "rejected")
        ]
        hours = [(end - start).total_seconds() / 3600 for end, start in decided
                 if end and start and self.was(end)]  # fmt: skip
        return {
            "activities": Decimal(sum(self.was(one[-1].when("completed_at")) for one in met)),
            "promises_kept": percent(len(kept), len(due)),
            "tasks_on_time": percent(len(in_time), len(asked)),
            "tasks_done": Decimal(len(done)),
            "automation_share": percent(
                sum(one[-1].said["rule_id"] is not None for one, _ in done), len(done)
            ),
            "approval_time": mean(hours),
        }

    def service(self) -> dict[str, Decimal | None]:
        cases = [past for past in self.world.of("case") if past[-1].said["status"] != "merged"]
        came = [past for past in cases if self.was(past[0].at)]
        solved = [past for past in cases if past[-1].said["status"] == "solved"
                  and self.was(past[-1].when("solved_at"))]  # fmt: skip
        worked = [
            sum((after.at - one.at).total_seconds() / 3600
                for one, after in pairwise(past)
                if one.said["status"] in ("new", "open"))
            for past in solved
        ]  # fmt: skip
        answers = [past[-1].said for past in self.world.of("feedback")
                   if self.was(past[-1].when("submitted_at"))]  # fmt: skip
        sent = [
            {(one.verb, bool(one.said.get("is_machine"))) for one in past}
            for past in self.world.of("message")
            if self.was(next((one.at for one in past if one.verb == "sent"), None))
        ]
        got = {"delivered", "opened", "clicked", "unsubscribed", "complained"}
        arrived = [one for one in sent if got & {verb for verb, _ in one}]
        read = [one for one in sent if ("opened", False) in one]
        told = arrived or [one for one in sent if "bounced" in {verb for verb, _ in one}]
        return {
            "cases": Decimal(len(came)),
            "case_response_in_time": percent(
                sum(one[-1].said["first_response_breached_at"] is None for one in came), len(came)
            ),
            "case_processing_time": mean(worked),
            "cases_solved": percent(
                sum(one[-1].said["outcome"] == "success" for one in solved), len(solved)
            ),
            "satisfaction:share": percent(sum(map(is_content, answers)), len(answers)),
            "satisfaction_score": mean([one["score"] for one in answers]),
            "messages": Decimal(len(sent)),
            "message_rates:delivered": percent(len(arrived), len(sent)) if told else None,
            "message_rates:opened": percent(len(read), len(arrived)),
            "message_rates:clicked": percent(
                sum(("clicked", False) in one for one in sent), len(arrived)
            ),
        }

    def debts(self) -> dict[str, Decimal | None]:
        known = [p for p in self.world.of("invoice") if p[-1].said["status"] != "void"]
        told = [past[-1].said for past in known]
        due = [
            one
            for one in told
            if not one["is_disputed"] and one["kind"] != "credit_note"
            and self.within(day(one["due_date"]))
            and day(one["due_date"]) < TODAY
        ]  # fmt: skip
        paid = [one for one in due if one["status"] == "paid" and one["paid_on"] <= one["due_date"]]
        moved = [p[-1].said for p in self.world.of("payment") if not p[-1].said["voided_at"]]
        owed = [one for p in known if (one := at_end(p, self.end))]
        owed = [
            one
            for one in owed
            if one["status"] in ("issued", "partly_paid") and one["kind"] != "credit_note"
        ]
        return {
            "invoiced": self.money(
                (Decimal(one["net"]) * (-1 if one["kind"] == "credit_note" else 1),
                 one["currency"], day(one["issue_date"])) for one in told
            ),
            "paid_on_time": percent(len(paid), len(due)),
            "receivables:all": self.money(
                (Decimal(one["due"]), one["currency"], self.end - timedelta(days=1))
                for one in owed
            ),
            "net_revenue:paid": self.money(
                (
                    Decimal(one["amount"]) * (1 if one["kind"] == "payment" else -1),
                    one["currency"],
                    day(one["paid_on"]),
                )
                for one in moved
                if one["kind"] != "expense"
            ),
        }  # fmt: skip

    def deals(self) -> dict[str, Decimal | None]:
        known = list(self.world.of("deal"))
        # the event says when it was won; moved there twice, it is the last time
        won = [(past, at) for past in known if (at := past[-1].when("won_at")) and self.was(at)]
        lost = [past for past in known if self.was(past[-1].when("lost_at"))]
        came = [p for p in known if self.was(p[0].at) and p[-1].said["created_at_known"]]
        sums = [(past[-1].said, local(at)) for past, at in won if past[-1].said["amount"]]
        costs = [(one, costs_of(one), on) for one, on in sums]
        agreed = [past for past in known if self.was(agreed_at(past))]
        extra = [(one, extra_of(one), on) for one, on in sums]
        return {
            "sales_volume": None
            if won and not sums
            else self.money((Decimal(one["amount"]), one["currency"], on) for one, on in sums),
            "won_deals": Decimal(len(won)),
            "win_rate": percent(len(won), len(won) + len(lost)),
            "flow_ratio": percent(len(won), len(came)),
            "cohort_conversion": percent(
                sum(past[-1].said["outcome"] == "won" for past in came), len(came)
            ),
            "loss_reasons": Decimal(len(lost)),
            "gross_profit": None
            if won and all(cost is None for _, cost, _ in costs)
            else self.money(
                (Decimal(one["amount"]) - cost, one["currency"], on)
                for one, cost, on in costs
                if cost is not None
            ),
            "extra_sales": self.money(
                (part, one["currency"], on) for one, part, on in extra if part
            ),
            "extra_sales_share:attach": percent(sum(bool(part) for _, part, _ in extra), len(won)),
            "breakdown_rate": percent(
                sum(past[-1].said["outcome"] == "lost" for past in agreed), len(agreed)
            ),
        }

    def purchases(self) -> dict[Any, list[tuple[date, Decimal]]]:
        """Each customer's sales until the period's end, in their order; merged ones are one."""
        found: dict[Any, list[tuple[datetime, str, Decimal]]] = defaultdict(list)
        for past in self.world.purchases():
            at, last = past[-1].when("won_at"), past[-1].said
            who = last["company_id"] or last["contact_id"]
            if at is None or who is None or local(at) >= self.end:
                continue
            sum_ = Decimal(last["amount"] or 0)
            amount = worth(sum_, last["currency"], local(at)) or Decimal(0)
            found[self.merged.get(who, who)].append((at, past[0].subject, amount))
        return {
            who: [(local(at), amount) for at, _id, amount in sorted(sales)]
            for who, sales in found.items()
        }

    def buyers(self) -> dict[str, Decimal | None]:
        known = self.purchases()
        sales = [
            (number, on, amount)
            for bought in known.values()
            for number, (on, amount) in enumerate(bought)
            if self.within(on)
        ]
        again = [amount for number, _on, amount in sales if number]
        here = {who: b for who, b in known.items() if any(self.within(on) for on, _ in b)}
        whole = sum((amount for _n, _on, amount in sales), Decimal(0))
        spans = [
            Decimal((max(days) - min(days)).days) / (len(days) - 1)
            for days in [{on for on, _ in bought} for bought in known.values()]
            if len(days) > 1
        ]
        return {
            "new_customers": Decimal(sum(self.within(bought[0][0]) for bought in known.values())),
            "active_customers": Decimal(
                sum(any(self.year(on) for on, _ in bought) for bought in known.values())
            ),
            "repeat_sales": Decimal(len(again)),
            "repeat_share:orders": percent(len(again), len(sales)),
            "repeat_share:customers": percent(
                sum(len(bought) > 1 for bought in here.values()), len(here)
            ),
            "repeat_share:revenue": sum(again, Decimal(0)) * 100 / whole if whole else None,
            "income_per_customer": whole / len(here) if here and self.is_told() else None,
            "purchase_interval": sum(spans, Decimal(0)) / len(spans) if spans else None,
        }

    def is_told(self) -> bool:
        """Whether of any purchase it is known what it came to; so it is where there was none."""
        told = [
            (past[-1].said, at)
            for past in self.world.purchases()
            if (at := past[-1].when("won_at")) and self.was(at)
        ]
        known = [(one, at) for one, at in told if one["amount"] is not None]
        return not told or any(
            worth(Decimal(one["amount"]), one["currency"], local(at)) is not None
            for one, at in known
        )

    def contacts(self, *, with_leads: bool) -> list[tuple[Any, datetime]]:
        """Whoever was met, when; and, where that counts, whoever came."""
        met = [
            (self.who(past), at)
            for past in self.world.of("activity")
            if not dead(past) and (at := past[-1].when("completed_at"))
        ]
        rung = [
            (self.who(past), at)
            for past in self.world.of("call")
            if (said := past[-1].said)["answered"] and not said["is_internal"]
            and (said["duration_s"] or 0) >= 15 and (at := past[-1].when("started_at"))
        ]  # fmt: skip
        came = [(self.who(past), past[0].at) for past in self.world.of("lead")]
        return [(one, at) for one, at in [*met, *rung, *(came if with_leads else [])] if one]

    def dealings(self) -> dict[str, Decimal | None]:
        """K18, K19, K43: what came before a decision, and what came back after a solution."""
        closed: dict[Any, list[tuple[datetime, str, str]]] = defaultdict(list)
        kept = {past[0].subject for past in self.world.purchases()}
        for past in self.world.of("deal"):
            outcome = past[-1].said["outcome"]
            at = past[-1].when("won_at") or past[-1].when("lost_at")
            if outcome != "open" and at and self.who(past) and local(at) < self.end:
                closed[self.who(past)].append((at, past[0].subject, outcome))
        met, known = self.contacts(with_leads=False), self.contacts(with_leads=True)
        took, before, clients = [], 0, 0
        for client, decisions in closed.items():
            decisions.sort()
            for place, (at, _id, outcome) in enumerate(decisions):
                after = decisions[place - 1][0] if place else None
                own = [on for one, on in known if one == client and on <= at]
                own = [on for on in own if after is None or on > after]
                if outcome == "won" and self.was(at) and own:
                    took.append(wall_days(min(own), at))
            wins = [at for at, one, outcome in decisions if outcome == "won" and one in kept]
            if wins and self.was(min(wins)):
                clients += 1
                before += sum(one == client and on < min(wins) for one, on in met)
        cases = [past for past in self.world.of("case") if past[-1].said["status"] != "merged"]
        solved = [
            (past, at)
            for past in cases
            if past[-1].said["status"] == "solved"
            and (at := past[-1].when("solved_at")) and self.was(at) and self.who(past)
        ]  # fmt: skip
        back = [past for past, at in solved if any(self.comes_back(past, at, c) for c in cases)]
        return {
            "decision_time": mean(took),
            "contacts_per_client": Decimal(before) / clients if clients else None,
            "repeat_appeals": percent(len(back), len(solved)),
        }

    def comes_back(self, past: Past, at: datetime, other: Past) -> bool:
        topic, seconds = past[-1].said["topic"], (other[0].at - at).total_seconds()
        return (
            other[0].subject != past[0].subject
            and self.who(other) == self.who(past)
            and 0 < seconds <= 7 * 86_400
            and topic in (None, other[-1].said["topic"])
        )

    def channels(self) -> dict[str, Decimal | None]:
        """K9: what part of the revenue names a channel: the deal's own, or by touches."""
        whole = own = touched = Decimal(0)
        leads = [(self.who(past), past) for past in self.world.of("lead")]
        for past in self.world.of("deal"):
            at, last = past[-1].when("won_at"), past[-1].said
            if last["outcome"] != "won" or not self.was(at) or last["amount"] is None or not at:
                continue
            amount = worth(Decimal(last["amount"]), last["currency"], local(at)) or Decimal(0)
            whole += amount
            own += amount if last["channel"] else 0
            named = [
                one for client, one in leads
                if client and client == self.who(past) and one[0].at <= at
                and one[-1].said["channel"]
            ]  # fmt: skip
            touched += amount if named or last["channel"] else 0
        return {
            "channel_share:deal": own * 100 / whole if whole else None,
            "channel_share:linear": touched * 100 / whole if whole else None,
        }

    def foretold(self) -> dict[str, Decimal | None]:
        """D9: what was due in the period as it stood at its first moment, against what was won."""
        promised = best = Decimal(0)
        for past in self.world.lives.get("deal", []):
            before = [one for one in past if local(one.at) < self.start]
            said = before[-1].said if before and before[-1].verb != "deleted" else None
            if said is None or said["outcome"] != "open" or said["is_void"] or not said["amount"]:
                continue
            on = said["expected_close_date"]
            if on is None or not self.within(day(on)):
                continue
            amount = worth(Decimal(said["amount"]), said["currency"], self.start) or Decimal(0)
            best, promised = best + amount, promised + amount * said["probability"] / 100
        sold = self.deals()["sales_volume"] or Decimal(0)

        def error(told: Decimal) -> Decimal | None:
            return (told - sold) * 100 / sold if sold else None

        return {"forecast_error:weighted": error(promised), "forecast_error:best": error(best)}

    def credited(self, *, profit: bool = False) -> dict[Any, Decimal]:
        """K22, K34b, G12: what each seller brought, or gained, splits taken into account."""
        found: dict[Any, Decimal] = defaultdict(Decimal)
        for past in self.world.of("deal"):
            closed, at = since(past, "outcome", "won"), past[-1].when("won_at")
            last = past[-1].said
            if closed is None or at is None or not self.was(at) or last["amount"] is None:
                continue
            cost = costs_of(last) if profit else Decimal(0)
            if cost is None:
                continue
            amount = worth(Decimal(last["amount"]) - cost, last["currency"], local(at))
            owner = {"user_id": closed.said["owner_id"], "share": "100"}
            for one in last.get("credits") or [owner]:
                found[str(one["user_id"])] += (amount or 0) * Decimal(one["share"]) / 100
        return {user: amount for user, amount in found.items() if amount}
