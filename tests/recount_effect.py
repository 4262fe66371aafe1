"""What the CRM brings, recomputed apart: raw events and typed rows by the rows E10–E20."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, NamedTuple

from recount import Oracle
from recount_staff import (
    A_DAY,
    HOUR,
    NO_BASELINE,
    NO_DATA,
    NOUGHT,
    YEAR,
    Figure,
    Inputs,
    Row,
    Staffed,
    days,
    months,
    over,
    rate,
)
from recounted import KYIV, Past, World, local

COVERED = {"E10", "E11", "E12", "E13", "E14", "E15", "E16", "E19", "E20"}
MONTH_DAYS = timedelta(days=30)
OVERLAPS = [("E10", "E14"), ("E11", "E12"), ("E11", "E13"), ("E12", "E13"), ("E10", "E19")]
# the figures that may be declared here: whether they add up over time, and are time themselves
DECLARED = {"won_deals": (True, False), "win_rate": (False, False),
            "lead_response_time": (False, True)}  # fmt: skip


class Part(NamedTuple):
    """One component: what it brings a month, what of it is money already."""

    id: str
    value: Figure
    realised: Fraction = NOUGHT
    is_estimate: bool = False


class Broken(NamedTuple):
    """A promise: for when it was given, whether in vain, and when it took place."""

    due: datetime
    is_broken: bool
    kept: datetime | None
    deal: str | None


@dataclass
class Effect:
    """The rows over the spans of one answer; `last` is the last day that is told."""

    world: World
    inputs: Inputs
    setup: Row
    last: date
    investments: list[Row] = field(default_factory=list)
    merged: dict[str, str] = field(default_factory=dict)

    @property
    def margin(self) -> Fraction:
        return Fraction(self.setup["margin"]) / 100

    def who(self, past: Past) -> Any:
        last = past[-1].said
        client = last.get("company_id") or last.get("contact_id")
        return self.merged.get(str(client), client)

    def amount(self, past: Past) -> Fraction | None:
        """What a closed deal comes to on its day; None without a sum or a rate."""
        last, at = past[-1].said, past[-1].when("won_at") or past[-1].when("lost_at")
        into = rate(last["currency"], local(at)) if at else None
        return None if last["amount"] is None or into is None else Fraction(last["amount"]) * into

    def won(self, first: date, last: date) -> list[Past]:
        return [
            past for past in self.world.of("deal")
            if past[-1].said["outcome"] == "won"
            and (at := past[-1].when("won_at")) and first <= local(at) <= last
        ]  # fmt: skip

    def profit(self, pasts: Sequence[Past]) -> Fraction:
        return sum((self.amount(one) or NOUGHT for one in pasts), NOUGHT) * self.margin

    def mean_profit(self, pasts: Sequence[Past]) -> Fraction | None:
        priced = [one for one in pasts if self.amount(one) is not None]
        return self.profit(priced) / len(priced) if priced else None

    # Baselines: of a sum so much a month, money at the rate of its first day.

    def before(self, name: str) -> Fraction | None:
        row = next((one for one in self.inputs.baselines if one["metric"] == name), None)
        into = rate(row["currency"], row["starts_on"]) if row else None
        if row is None or into is None:
            return None
        is_sum = name == "sales_volume" or DECLARED.get(name, (False,))[0]
        return Fraction(row["value"]) * into / (months(over(row)) if is_sum else 1)

    def share(self, name: str) -> Fraction | None:
        told = self.before(name)
        return None if told is None else told / 100

    # E10: customers in work and sellers.

    def in_work(self, day: date) -> set[Any]:
        """With a deal open on the day, or won in the month up to it."""
        after = day + A_DAY
        back = after.replace(day=1) - A_DAY
        since = back.replace(day=min(after.day, back.day))
        found = {self.who(one) for one in self.won(since, day)}
        for past in self.world.of("deal"):
            closed = past[-1].when("won_at") or past[-1].when("lost_at")
            if local(past[0].at) <= day and (closed is None or day < local(closed)):
                found.add(self.who(past))
        return found - {None}

    def at_work(self, day: date) -> list[Row]:
        return [one for one in self.inputs.staff if day in over(one)]

    def needed(self, day: date) -> tuple[int, int, Fraction] | None:
        """How many sellers the customers would need at the old load, how many at that of now."""
        sellers = sum(
            (Fraction(one["fte"]) for one in self.at_work(day) if one["role"] == "seller"), NOUGHT
        )
        customers, load = len(self.in_work(day)), self.before("customers_per_manager")
        if not sellers or not customers or not load:
            return None
        return ceil(customers / load), ceil(sellers), sellers

    def e10(self, last: date) -> Part:
        managers, fund = self.before("managers"), self.before("pay_fund")
        if not managers or fund is None or not self.before("customers_per_manager"):
            return Part("E10", NO_BASELINE)
        told = self.needed(last)
        if told is None:
            return Part("E10", NO_DATA)
        then, now, sellers = told
        fewer, pay = max(0, then - now), fund / managers
        return Part("E10", pay * fewer, pay * min(Fraction(fewer), max(NOUGHT, then - sellers)))

    # E11: promises broken for good, and the deals lost by them.

    def promises(self) -> Iterator[Broken]:
        for past in self.world.of("activity"):
            last, given = past[-1], {}
            for one in past:
                due, missed = one.when("agreed_at") or one.when("due_at"), one.when("missed_at")
                if one.said["is_promise"] and due and missed and (missed >= due or one is last):
                    given[due] = True
            standing = last.when("agreed_at") or last.when("due_at")
            if standing and last.said["is_promise"] and last.said["status"] != "cancelled":
                given.setdefault(standing, False)
            for due, is_broken in given.items():
                kept = last.when("completed_at") if due == standing and not is_broken else None
                yield Broken(due, is_broken, kept, last.said.get("deal_id"))

    def blamed(self, first: date, last: date) -> list[Past]:
        """Lost within thirty days of a broken promise with none kept between."""
        promised, found = list(self.promises()), []
        for past in self.world.of("deal"):
            at = past[-1].when("lost_at")
            if past[-1].said["outcome"] != "lost" or not at or not first <= local(at) <= last:
                continue
            own = [one for one in promised if one.deal == past[0].subject]
            broken = [one.due for one in own if one.is_broken and one.due <= at]
            if not broken or at - max(broken) > MONTH_DAYS:
                continue
            if not any(one.kept and max(broken) < one.kept <= at for one in own):
                found.append(past)
        return found

    def claimed(self, first: date, last: date) -> Fraction:
        sums = NOUGHT
        for past in self.world.of("claim"):
            one = past[-1].said
            on = date.fromisoformat(one["claimed_on"])
            into = rate(one["currency"], on)
            is_ours = one["kind"] != "breach_by_customer" and one["status"] != "rejected"
            if is_ours and first <= on <= last and one["amount"] and into:
                sums += Fraction(one["amount"]) * into
        return sums

    def e11(self, first: date, last: date) -> Part:
        before = self.share("promise_loss_rate")
        if before is None:
            return Part("E11", NO_BASELINE)
        due = sum(first <= local(one.due) <= last for one in self.promises())
        lost, time = self.blamed(first, last), months(days(first, last + A_DAY))
        worth = self.mean_profit(lost) or self.mean_profit(self.won(first, last))
        if not due or worth is None:
            return Part("E11", NO_DATA)
        value = (before - Fraction(len(lost), due)) * due / time * worth
        claims = self.before("claims_per_promise")
        if claims is not None:
            value += (claims - self.claimed(first, last) / due) * due / time
        return Part("E11", value, value)

    # E12: calls that nobody took, or made good within a working hour.

    def calls(self) -> list[Any]:
        told = [past[-1] for past in self.world.of("call")]
        return [one for one in told
                if not one.said["is_internal"] and one.said["answered"] is not None]  # fmt: skip

    def until(self, at: datetime) -> datetime:
        """An hour of working time later: from nine to six, Monday to Friday."""
        left, day = HOUR, local(at)
        while True:
            start, end = (datetime.combine(day, time(hour), KYIV) for hour in (9, 18))
            begin = max(start, at)
            if day.weekday() < 5 and begin < end:
                if left <= end - begin:
                    return begin + left
                left -= end - begin
            day += A_DAY

    def e12(self, first: date, last: date) -> Part:
        before = self.share("lost_call_rate")
        if before is None:
            return Part("E12", NO_BASELINE)
        calls = self.calls()
        came = [
            one for one in calls
            if one.said["direction"] == "inbound" and one.said["repeats_call_id"] is None
            and first <= local(one.when("started_at") or one.at) <= last
        ]  # fmt: skip
        blamed = {past[0].subject for past in self.blamed(first, last)}
        lost = 0
        for one in came:
            at, client = one.when("started_at") or one.at, self.who([one])
            back = [
                then for other in calls if other.said["answered"] and client
                and self.who([other]) == client and (then := other.when("started_at")) and then > at
            ]  # fmt: skip
            is_lost = not one.said["answered"] and not (back and min(back) <= self.until(at))
            lost += is_lost and one.said.get("deal_id") not in blamed
        worth = self.mean_profit(self.won(first, last))
        shares = [self.share(name) for name in ("call_sales_share", "call_conversion")]
        if not came or worth is None or None in shares:
            return Part("E12", NO_DATA)
        value = (before - Fraction(lost, len(came))) * len(came) * worth
        value *= (shares[0] or NOUGHT) * (shares[1] or NOUGHT) / months(days(first, last + A_DAY))
        sampled = any(one["source"] == "sampled" and one["metric"] == "lost_call_rate"
                      for one in self.inputs.baselines)  # fmt: skip
        return Part("E12", value, value, sampled)

    # E13: repeat sales and bad debts.

    def bad_debt(self, first: date, last: date) -> Fraction | None:
        billed = owed = NOUGHT
        for past in self.world.of("invoice"):
            one = past[-1].said
            issued, due = (one[name] and date.fromisoformat(one[name])
                           for name in ("issue_date", "due_date"))  # fmt: skip
            is_told = one["kind"] == "invoice" and one["status"] not in ("draft", "void")
            into = rate(one["currency"], issued)
            if not is_told or one["is_disputed"] or not due or into is None:
                continue
            if first <= issued <= last and due + MONTH_DAYS < self.last:
                billed += Fraction(one["total"]) * into
                owed += Fraction(one["due"]) * into
        return owed / billed if billed else None

    def e13(self, first: date, last: date) -> Part:
        before = self.before("repeat_profit_per_client")
        if before is None:
            return Part("E13", NO_BASELINE)
        bought = [one for one in self.won(last - YEAR + A_DAY, last) if self.who(one)]
        active = len({self.who(one) for one in bought})
        if not active:
            return Part("E13", NO_DATA)
        ever = self.won(date.min, date.max)
        again = [
            one for one in self.won(first, last)
            if self.who(one) and any(
                self.who(other) == self.who(one) and self.at(other) < self.at(one)
                for other in ever
            )
        ]  # fmt: skip
        # repeat sales of which nobody knows the amount are no sales for nothing
        if again and all(self.amount(one) is None for one in again):
            return Part("E13", NO_DATA)
        time = months(days(first, last + A_DAY))
        now = self.profit(again) / active / time / Fraction(self.setup["price_index"] or 1)
        value = (now - before) * active
        bad, was = self.bad_debt(first, last), self.share("bad_debt_rate")
        if bad is not None and was is not None and self.margin:
            value += (was - bad) * self.profit(again) / self.margin / time
        return Part("E13", value, value)

    def at(self, past: Past) -> datetime:
        return past[-1].when("won_at") or past[-1].at

    # E14: who was hired since at lower pay.

    def e14(self, last: date) -> Part:
        start, coverage = self.setup["starts_on"], self.setup["script_coverage"]
        if coverage is None or Fraction(coverage) < 80:
            return Part("E14", "script_coverage")
        before = self.at_work(start - A_DAY)
        there = {(one["role"], one["user_id"]) for one in before if one["user_id"]}
        hired = [
            one for one in self.at_work(last)
            if one["starts_on"] >= start and (one["role"], one["user_id"]) not in there
            and rate(one["currency"], start) is not None
        ]  # fmt: skip
        saved = []
        for role in sorted({one["role"] for one in hired}):
            was = self.pay([one for one in before if one["role"] == role])
            new = [one for one in hired if one["role"] == role]
            now = self.pay(new)
            if was is not None and now is not None:
                heads = sum((Fraction(one["fte"]) for one in new), NOUGHT)
                saved.append((role, max(NOUGHT, was - now), heads))
        if not saved:
            return Part("E14", NO_BASELINE if hired else NO_DATA)
        ten, told = self.e10(last), self.needed(last)
        has_ten = told is not None and not isinstance(ten.value, str) and ten.value
        value = NOUGHT
        for role, each, heads in saved:
            # what E10 is made of are sellers: the heads it leaves are theirs
            left = Fraction(told[1]) if told and has_ten and role == "seller" else heads
            value += each * min(heads, left)
        return Part("E14", value, value)

    def pay(self, posts: Sequence[Row]) -> Fraction | None:
        """A month of one at full time, at the rate of the start."""
        start = self.setup["starts_on"]
        told = [
            (Fraction(one["pay"]) * into, Fraction(one["fte"])) for one in posts
            if (into := rate(one["currency"], start)) is not None
        ]  # fmt: skip
        return sum((one for one, _ in told), NOUGHT) / sum(fte for _, fte in told) if told else None

    # E15, E19: what was declared.

    def after(self, metric: str, first: date, last: date) -> Fraction | None:
        facts = Oracle(self.world, first, last + A_DAY, self.merged)
        if metric == "sales_volume":
            sold = Staffed(facts, self.inputs, last).brought(facts)
            return None if sold is None else sold / months(days(first, last + A_DAY))
        told: Decimal | None = {**facts.deals(), **facts.leads()}[metric]
        time = months(days(first, last + A_DAY)) if DECLARED[metric][0] else 1
        return None if told is None else Fraction(told) / time

    def declared(self, one: Row, ten: Part, first: date, last: date) -> Part:
        before, after = self.before(one["metric"]), self.after(one["metric"], first, last)
        if before is None or after is None:
            return Part(one["component"], NO_BASELINE if before is None else NO_DATA)
        sign = -1 if one["fewer_is_better"] else 1
        value = (after - before) * sign * Fraction(one["money_per_unit"])
        realised = value if one["is_realised"] else NOUGHT
        if one["component"] == "E19" and DECLARED[one["metric"]][1]:
            spared = NOUGHT if isinstance(ten.value, str) else ten.value
            spared = spared if "E10" in self.setup["weights"] else NOUGHT
            value, realised = value - min(max(value, NOUGHT), max(spared, NOUGHT)), NOUGHT
        return Part(one["component"], value, realised)

    def components(self, first: date, last: date) -> list[Part]:
        ten = self.e10(last)
        return [
            ten, self.e11(first, last), self.e12(first, last), self.e13(first, last),
            self.e14(last),
            *(self.declared(one, ten, first, last) for one in self.setup["declared"]),
        ]  # fmt: skip

    # E16: what is credited; E20: since the start.

    def credited(self, parts: Sequence[Part]) -> list[tuple[Part, Fraction, list[Fraction]]]:
        """Each component with a weight: share × confidence, and as far below and above as doubt."""
        found = []
        for one in parts:
            weight = self.setup["weights"].get(one.id)
            if weight is None or isinstance(one.value, str):
                continue
            share, sure = Fraction(weight["share"]), Fraction(weight["confidence"])
            ends = [share * max(NOUGHT, 2 * sure - 1), share]
            found.append((one, share * sure, sorted(ends)))
        return found

    def total(self, parts: Sequence[Part]) -> tuple[Fraction, Fraction, Fraction, Fraction]:
        """Low, mid and high of a month, and the mid of what is money already."""
        low = mid = high = money = NOUGHT
        for one, share, ends in self.credited(parts):
            value = Fraction(one.value)
            sides = sorted(value * end for end in ends)
            low, mid, high = low + sides[0], mid + value * share, high + sides[1]
            money += one.realised * share
        return low, mid, high, money

    def assumed(self, parts: Sequence[Part]) -> Fraction:
        """Credited without being sure: potential, sampled, or in doubt."""
        whole = NOUGHT
        for one, share, ends in self.credited(parts):
            sure = NOUGHT if one.is_estimate else min((one.realised * end for end in ends), key=abs)
            whole += abs(Fraction(one.value) * share - sure)
        return whole

    def overlaps(self, parts: Sequence[Part]) -> set[tuple[str, str]]:
        there = {one.id for one, _, _ in self.credited(parts) if one.value}
        return {pair for pair in OVERLAPS if set(pair) <= there}

    def growth(self, first: date, last: date) -> Fraction | None:
        before, after = self.before("sales_volume"), self.after("sales_volume", first, last)
        return None if before is None or after is None else after - before

    def paid(self) -> Iterator[tuple[date, Fraction]]:
        """What the CRM costs, by days; what was paid before the start on its first day."""
        start = self.setup["starts_on"]
        for one in self.investments:
            into = rate(one["currency"], one["starts_on"])
            price = one["amount"]
            if one["hours"] is not None:
                price = None if one["rate"] is None else one["hours"] * one["rate"]
            if into is None or price is None:
                continue
            if not one["is_monthly"]:
                yield max(one["starts_on"], start), Fraction(price) * into
                continue
            for day in over(one):
                yield max(day, start), Fraction(price) * into * months([day])

    def untold(self) -> bool:
        return any(
            rate(one["currency"], one["starts_on"]) is None
            or (one["hours"] is not None and one["rate"] is None)
            for one in self.investments
        )

    def pieces(self) -> Iterator[tuple[date, date]]:
        first = self.setup["starts_on"]
        while first <= self.last:
            after = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
            yield first, min(after - A_DAY, self.last)
            first = after

    def balance(self) -> tuple[list[tuple[Fraction, Fraction, Fraction]], date | None, Fraction]:
        """Month by month what was brought, realised and paid; the day it had come back; assumed."""
        costs = [(day, sum_) for day, sum_ in self.paid() if day <= self.last]
        lines, assumed, sums = [], NOUGHT, NOUGHT
        back: date | None = None
        begun = False
        for first, last in self.pieces():
            parts = self.components(first, last)
            here = days(first, last + A_DAY)
            _, mid, _, money = self.total(parts)
            assumed += self.assumed(parts) * months(here)
            spent = sum((sum_ for day, sum_ in costs if first <= day <= last), NOUGHT)
            lines.append((mid * months(here), money * months(here), spent))
            even = sum((self.running(day) for day in here), NOUGHT) / len(here)
            for day in here:
                once = sum((sum_ for on, sum_ in costs if on == day), NOUGHT) - self.running(day)
                sums += money * months(here) / len(here) - even - once
                begun = begun or bool(once or even)
                back = None if sums < 0 or not begun else back or day
        if self.untold() or not any(sum_ for _, sum_ in costs):
            back = None
        # of what came back to nought nothing more can be assumed
        return lines, back, min(assumed, abs(sum((one for one, _, _ in lines), NOUGHT)))

    def running(self, day: date) -> Fraction:
        """What a day costs of what is paid every month."""
        return sum(
            (
                Fraction(one["amount"]) * into * months([day]) for one in self.investments
                if one["is_monthly"] and day in over(one)
                and (into := rate(one["currency"], one["starts_on"])) is not None
            ), NOUGHT,
        )  # fmt: skip
