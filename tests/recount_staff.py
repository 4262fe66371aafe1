"""Figures of who worked for how long, recomputed apart: raw events, typed rows, formulas.

A figure is a fraction, or the reason why there is none.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any

from recount import Oracle
from recounted import KYIV, costs_of, dead, local, since, worth

Figure = Fraction | str
Row = dict[str, Any]
A_DAY, YEAR, HOUR = timedelta(days=1), timedelta(days=365), timedelta(hours=1)
NO_INPUT, NO_DATA, NO_BASELINE, NO_DENOMINATOR = (
    "no_input", "no_data", "no_baseline", "no_denominator",
)  # fmt: skip
NOUGHT = Fraction(0)
# K52: a month is the twelfth part of a year of 365¼ days
MONTH = Fraction(487, 16)
GROWN = ("revenue", "wins", "requests", "customers")


def days(first: date, after: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((after - first).days)]


def months(spent: Iterable[date]) -> Fraction:
    """Each day is its part of its own month."""
    return sum((Fraction(1, month_days(one)) for one in spent), NOUGHT)


def month_days(one: date) -> int:
    first = one.replace(day=1)
    return ((first + timedelta(days=32)).replace(day=1) - first).days


def over(row: Row) -> list[date]:
    return days(row["starts_on"], (row["ends_on"] or date(2027, 12, 31)) + A_DAY)


def rate(currency: str | None, on: date) -> Fraction | None:
    """Into hryvnias; what dollars are worth nobody said."""
    told = Decimal(1) if currency is None else None
    told = worth(Decimal(1), currency, on) if currency in ("UAH", "EUR") else told
    return None if told is None else Fraction(told)


def divided(top: Fraction, bottom: Fraction | int, why: str = NO_DENOMINATOR) -> Figure:
    return top / bottom if bottom else why


def fraction(value: Decimal | None) -> Fraction:
    return Fraction(value or 0)


@dataclass
class Inputs:
    """What is in force of everything typed; the rows of each kind in the order they were set."""

    costs: list[Row] = field(default_factory=list)
    staff: list[Row] = field(default_factory=list)
    plans: list[Row] = field(default_factory=list)
    baselines: list[Row] = field(default_factory=list)
    pay_rules: list[Row] = field(default_factory=list)


@dataclass
class Staffed:
    """Each formula over the days of the facts' time; `special` days are worked otherwise."""

    facts: Oracle
    inputs: Inputs
    today: date
    special: dict[date, tuple[int, int] | None] = field(default_factory=dict)

    @property
    def whole(self) -> list[date]:
        return days(self.facts.start, self.facts.end)

    @property
    def begun(self) -> list[date]:
        return [one for one in self.whole if one <= self.today]

    @property
    def begun_end(self) -> date:
        return self.facts.start + timedelta(days=len(self.begun))

    def during(self, start: date, end: date) -> Oracle:
        return Oracle(self.facts.world, start, end, self.facts.merged)

    def pay(self, role: str) -> Fraction | None:
        """So much a month, parts of months by days, at the rate of its first day in the time."""
        begun = set(self.begun)
        posts = [one for one in self.inputs.staff if one["role"] == role]
        known = [
            Fraction(one["pay"]) * into * months(begun & set(over(one)))
            for one in posts
            if set(over(one)) & begun
            and (into := rate(one["currency"], max(one["starts_on"], self.facts.start))) is not None
        ]
        return sum(known, NOUGHT) if known else None

    # Output per person: K26, K28, K34b, K44, K45.

    def hours(self, on: date) -> Fraction:
        if on in self.special:
            span = self.special[on]
            if span is None:
                return NOUGHT
            start, end = (
                datetime(on.year, on.month, on.day, hour, tzinfo=KYIV).timestamp() for hour in span
            )
            return Fraction(int(end - start), 3600)
        return Fraction(9 if on.weekday() < 5 else 0)

    def posts(self, within: Sequence[date], *roles: str, **only: Any) -> list[Row]:
        return [
            one for one in self.inputs.staff
            if (not roles or one["role"] in roles) and set(over(one)) & set(within)
            and all(one[name] == value for name, value in only.items())
        ]  # fmt: skip

    def worked(self, posts: Iterable[Row], within: Sequence[date], *, hourly: bool) -> Fraction:
        return sum(
            (
                Fraction(one["fte"]) * (self.hours(day) if hourly else bool(self.hours(day)))
                for one in posts for day in set(over(one)) & set(within)
            ), NOUGHT,
        )  # fmt: skip

    def fte_months(self, posts: Iterable[Row], within: Sequence[date]) -> Fraction:
        return sum(
            (Fraction(one["fte"]) * months(set(over(one)) & set(within)) for one in posts), NOUGHT
        )

    def answered(self) -> list[Row]:
        """Outgoing calls of the time that were answered."""
        told = [past[-1] for past in self.facts.world.of("call")]
        return [
            one.said for one in told
            if not one.said["is_internal"] and one.said["answered"]
            and one.said["direction"] == "outbound" and self.facts.was(one.when("started_at"))
        ]  # fmt: skip

    def requests(self) -> dict[Any, int]:
        """K44: leads converted or refused and cases solved, by who did it."""
        found: dict[Any, int] = defaultdict(int)
        for past in self.facts.world.of("lead"):
            for status in ("converted", "disqualified"):
                done = since(past, "status", status)
                if done and self.facts.was(done.at):
                    found[done.said["owner_id"]] += 1
        for past in self.facts.world.of("case"):
            last = past[-1]
            if last.said["status"] == "solved" and self.facts.was(last.when("solved_at")):
                found[last.said["solved_by_id"]] += 1
        return found

    def credit(self, *, profit: bool = False) -> dict[Any, Fraction]:
        return {who: Fraction(one) for who, one in self.facts.credited(profit=profit).items()}

    def output(self) -> dict[str, Figure]:
        sellers = self.posts(self.begun, "seller")
        named = [one for one in self.posts(self.whole) if one["user_id"]]
        known = {one["user_id"] for one in named}
        calls = sum(one["owner_id"] in known for one in self.answered())
        hours = self.worked(named, self.begun, hourly=True)
        done = self.worked(self.posts(self.whole, "seller", "service"), self.begun, hourly=False)
        is_known = self.brought(self.facts) is not None
        sold = sum(self.credit().values(), NOUGHT)
        units = self.fte_months(sellers, self.begun) or len(self.heads()) * months(self.begun)
        paid: Figure = NO_INPUT
        if sellers and all(self.is_paid(one) for one in sellers):
            whole = self.brought(self.facts, profit=True)
            paid = NO_DATA if whole is None else divided(whole, self.pay("seller") or 0)
        return {
            "calls_per_hour": divided(Fraction(calls), hours, NO_INPUT),
            "sales_per_employee": divided(sold, units) if is_known else NO_DATA,
            "requests_per_employee": divided(
                Fraction(sum(self.requests().values())), done, NO_INPUT
            ),
            "payroll_return": paid,
            **{f"productivity_growth:{one}": self.growth(one) for one in GROWN},
        }  # fmt: skip

    def known(self, facts: Oracle, *, profit: bool = False) -> list[Fraction | None]:
        """What each win of the time came to; None where nobody said, or no rate converts it."""
        found: list[Fraction | None] = []
        for past in facts.world.of("deal"):
            last, at = past[-1].said, past[-1].when("won_at")
            if not at or not facts.was(at):
                continue
            cost = costs_of(last) if profit else Decimal(0)
            if last["amount"] is None or cost is None:
                found.append(None)
                continue
            sum_ = worth(Decimal(last["amount"]) - cost, last["currency"], local(at))
            found.append(None if sum_ is None else Fraction(sum_))
        return found

    def brought(self, facts: Oracle, *, profit: bool = False) -> Fraction | None:
        """Sold or gained; None where there were wins, and of none is known what it came to."""
        known = self.known(facts, profit=profit)
        told = [one for one in known if one is not None]
        return None if known and not told else sum(told, NOUGHT)

    def heads(self) -> set[Any]:
        """Whoever closed a deal in the time, or was credited with one."""
        found = set(self.credit())
        for past in self.facts.world.of("deal"):
            closed = since(past, "outcome", past[-1].said["outcome"])
            at = past[-1].when("won_at") or past[-1].when("lost_at")
            if closed and at and self.facts.was(at):
                found.add(closed.said["owner_id"])
        return found

    def is_paid(self, post: Row) -> bool:
        return rate(post["currency"], max(post["starts_on"], self.facts.start)) is not None

    def before(self, metric: str) -> Row | None:
        return next((one for one in self.inputs.baselines if one["metric"] == metric), None)

    def served(self) -> Figure:
        """K28: customers in work of a seller now / at the baseline, less one."""
        load, now = self.before("customers_per_manager"), self.held("in_work")
        if load is None:
            return NO_BASELINE
        if isinstance(now, str) or not load["value"]:
            return now if isinstance(now, str) else NO_DENOMINATOR
        return (now / Fraction(load["value"]) - 1) * 100

    def growth(self, variant: str) -> Figure:
        """K28: output per full-time day now / at the baseline, less one."""
        deals = self.facts.deals()
        if variant == "customers":
            return self.served()
        name, output = {
            "revenue": ("sales_volume", fraction(deals["sales_volume"])),
            "wins": ("won_deals", fraction(deals["won_deals"])),
            "requests": ("processed_requests", Fraction(sum(self.requests().values()))),
        }[variant]
        then, managers = self.before(name), self.before("managers")
        if then is None or managers is None:
            return NO_BASELINE
        into = rate(then["currency"], then["starts_on"])
        worked = then["working_days"] or sum(bool(self.hours(one)) for one in over(then))
        if into is None or not managers["value"] or not worked:
            return NO_BASELINE
        was = Fraction(then["value"]) * into / Fraction(managers["value"]) / worked
        spent = self.worked(self.posts(self.begun, "seller"), self.begun, hourly=False)
        if not spent:
            return NO_INPUT
        if variant == "revenue" and deals["sales_volume"] is None:
            return NO_DATA
        return (output / spent / was - 1) * 100 if was else NO_DENOMINATOR

    def pareto(self, variant: str) -> Figure:
        """K56: the fewest who bring four fifths, by the share of full time of each."""
        brought = {
            "profit": self.credit(profit=True), "revenue": self.credit(),
            "requests": {who: Fraction(n) for who, n in self.requests().items()},
        }[variant]  # fmt: skip
        whole = sum(brought.values(), NOUGHT)
        if whole <= 0:
            return NO_DATA

        def full(who: Any) -> Fraction:
            own = self.posts(self.whole, "seller", "service", user_id=who)
            return max((Fraction(one["fte"]) for one in own), default=Fraction(1))

        gathered, few = NOUGHT, NOUGHT
        for who, sum_ in sorted(brought.items(), key=lambda one: -one[1]):
            if gathered < whole * 4 / 5:
                gathered, few = gathered + sum_, few + full(who)
        return few * 100 / sum(map(full, brought))

    # Whose days: K27, K48, K57, K66.

    def stood(
        self, noun: str, is_open: Callable[[Row], bool]
    ) -> Iterator[tuple[Any, date, date | None, Row]]:
        """Whom each stretch of being there and open concerns, from which day until before which."""
        for past in self.facts.world.of(noun):
            if noun == "activity" and dead(past):
                continue
            gone = False
            for one, after in pairwise([*past, None]):
                if one is not None and one.verb in ("deleted", "restored"):
                    gone = one.verb == "deleted"
                if one is not None and not gone and is_open(one.said):
                    until = None if after is None else local(after.at)
                    yield self.facts.who(past), local(one.at), until, one.said

    def busy(self, variant: str) -> dict[date, set[Any]]:
        """K27: whom there was something open with at the end of a day, or who bought lately."""
        found: dict[date, set[Any]] = {day: set() for day in self.begun}
        stays = [] if variant == "active_buyers" else [
            *self.stood("deal", lambda said: bool(said["outcome"] == "open")),
            *self.stood("lead", lambda said: said["status"] in ("new", "working")
                        and not said["awaits_confirmation"]),
            *self.stood("activity", lambda said: said["status"] == "planned"),
        ]  # fmt: skip
        for who, sales in self.during(self.facts.start, self.begun_end).purchases().items():
            stays += [(who, on, on + YEAR, {}) for on, _ in sales]
        for who, first, until, _ in stays:
            for day, there in found.items():
                if who and first <= day and (until is None or day < until):
                    there.add(str(who))
        return found

    def cared(self) -> Iterator[tuple[str, Any, date, date | None]]:
        """In whose care a client was, merged ones as one."""
        for noun in ("company", "contact"):
            for past in self.facts.world.of(noun):
                who = self.facts.merged.get(past[0].subject, past[0].subject)
                for one, after in pairwise([*past, None]):
                    if one is not None and one.said["owner_id"]:
                        until = None if after is None else local(after.at)
                        yield who, one.said["owner_id"], local(one.at), until

    def in_hand(self, variant: str) -> set[tuple[str, Any, date]]:
        busy = self.busy(variant)
        return {
            (who, owner, day) for who, owner, first, until in self.cared() for day in self.begun
            if first <= day and (until is None or day < until) and who in busy[day]
        }  # fmt: skip

    def held(self, variant: str) -> Figure:
        if not self.begun:
            return NO_DENOMINATOR
        held = self.in_hand(variant)
        mean = Fraction(len({(who, day) for who, _, day in held}), len(self.begun))
        full = self.fte_months(self.posts(self.begun, "seller"), self.begun) / months(self.begun)
        return divided(mean, full or len({owner for _, owner, _ in held}))

    def usual(self) -> dict[str, Fraction]:
        """K48: the median of the activities of a kind that were done within a year."""
        took: dict[str, list[int]] = defaultdict(list)
        for past in self.facts.world.of("activity"):
            last, at = past[-1].said, past[-1].when("completed_at")
            if at and not dead(past) and self.today - YEAR < local(at) <= self.today:
                took[last["kind"]] += [last["duration_s"]] if last["duration_s"] else []
        return {kind: Fraction(median(all_)) for kind, all_ in took.items() if all_}

    def load(self, **only: Any) -> Figure:
        named = [one for one in self.posts(self.whole, **only) if one["user_id"]]
        users, usual = {one["user_id"] for one in named}, self.usual()
        efforts: list[Fraction | None] = []
        for noun, status in (("activity", "planned"), ("task", "open")):
            for past in self.facts.world.of(noun):
                last = past[-1].said
                is_due = self.facts.was(past[-1].when("due_at")) and last["owner_id"] in users
                if is_due and last["status"] == status:
                    told = last.get("duration_s")
                    efforts.append(usual.get(last["kind"]) if told is None else Fraction(told))
        hours = self.worked(named, self.whole, hourly=True)
        known = [one for one in efforts if one is not None]
        if not hours or (efforts and not known):
            return NO_DATA if hours else NO_INPUT
        return sum(known, NOUGHT) / 3600 * 100 / hours

    def did(self) -> set[tuple[Any, date]]:
        """Who had an activity, a talk on the telephone or a task done, on which day."""
        world, found = self.facts.world, set()
        for past in world.of("activity"):
            at = past[-1].when("completed_at")
            if at and not dead(past):
                then = [one for one in past if one.at <= at] or past[:1]
                found.add((then[-1].said["owner_id"], local(at)))
        for past in world.of("task"):
            done = since(past, "status", "done")
            found |= {(done.said["owner_id"], local(done.at))} if done else set()
        for past in world.of("call"):
            last, at = past[-1].said, past[-1].when("started_at")
            if last["answered"] and not last["is_internal"] and at:
                found.add((last["owner_id"], local(at)))
        return found

    def idle(self, **only: Any) -> Figure:
        named = [one for one in self.posts(self.begun, **only) if one["user_id"]]
        if not named:
            return NO_INPUT
        there = {(one["user_id"], day) for one in named for day in self.begun
                 if day in over(one) and self.hours(day)}  # fmt: skip
        return divided(Fraction(len(there - self.did())) * 100, len(there))

    def people(self) -> dict[str, Figure]:
        return {"load": self.load(), "idle_days": self.idle()}


def adoption(
    words: Sequence[tuple[str, date, bool]], wrote: set[tuple[str, date]], worked: Sequence[date]
) -> Figure:
    """K66: of those who could on a working day, who wrote; the mean of the days."""
    parts = []
    for day in worked:
        newest = {who: may for who, on, may in words if on <= day}
        could = {who for who, may in newest.items() if may}
        if could:
            parts.append(Fraction(sum((who, day) in wrote for who in could), len(could)))
    return sum(parts, NOUGHT) * 100 / len(parts) if parts else NO_DATA
