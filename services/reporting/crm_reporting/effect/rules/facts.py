"""What the live components stand on: the newest word of every deal, promise, call and invoice."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from operator import itemgetter
from typing import Generic, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from crm_reporting.effect.rules.days import OpenDays
from crm_reporting.effect.rules.exact import NOUGHT
from crm_reporting.effect.rules.flows import months_on
from crm_reporting.inputs.rules.spreading import Span
from crm_shared.working_time import WorkingCalendar, add_working_time

# a deal or client lost within these days after a missed promise is lost by it (K29)
LOST_WITHIN = timedelta(days=30)
# an unanswered call is not lost when the client is spoken to within this working time (K30)
RECOVERED_WITHIN = timedelta(hours=1)
# who bought within these days is active (G14)
ACTIVE_DAYS = 365
OVERDUE_DAYS = 30
ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Sale:
    """A deal as it stands now; amounts in the currency of the effect, None without a rate."""

    id: UUID
    customer: UUID | None
    created_on: date
    won_at: datetime | None
    lost_at: datetime | None
    amount: Fraction | None


@dataclass(frozen=True, slots=True)
class Promise:
    """A contact that was agreed for a moment; `kept_at` when it took place."""

    id: UUID
    due_at: datetime
    kept_at: datetime | None
    missed: bool
    deal: UUID | None


@dataclass(frozen=True, slots=True)
class Call:
    """A call; a second one of the same client within the hour is no other call."""

    id: UUID
    started_at: datetime
    inbound: bool
    answered: bool
    client: UUID | None
    is_repeat: bool
    deal: UUID | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a customer wants made good: settled or wanted sum, by the day of the claim."""

    claimed_on: date
    amount: Fraction


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice: what it was over, what is still owed, and when it was due."""

    issued_on: date
    due_on: date | None
    total: Fraction
    owed: Fraction


class ByDay(Generic[ItemT]):
    """Things in the order of their local days, found by a span without looking at the others."""

    def __init__(self, dated: Iterable[tuple[date, ItemT]]) -> None:
        ordered = sorted(dated, key=itemgetter(0))
        self._days = [day for day, _item in ordered]
        self._items = [item for _day, item in ordered]

    def within(self, span: Span) -> list[ItemT]:
        """Return what lies on one of the days of a span."""
        first, after = bisect_left(self._days, span.first), bisect_right(self._days, span.last)
        return self._items[first:after]


@dataclass(frozen=True)
class Facts:
    """Everything the components are measured on; put in order once, for every month asks anew.

    `sales` are all that count by themselves, `others` the days of deals that do not.
    """

    sales: tuple[Sale, ...]
    promises: tuple[Promise, ...]
    calls: tuple[Call, ...]
    bills: tuple[Bill, ...]
    zone: ZoneInfo
    calendar: WorkingCalendar
    unconverted: Mapping[str, int] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    others: OpenDays = field(default_factory=OpenDays)

    def day(self, at: datetime) -> date:
        """Return the local day of an instant."""
        return at.astimezone(self.zone).date()

    @cached_property
    def won(self) -> ByDay[Sale]:
        """The deals that are won, by the day of the win in force."""
        return ByDay((self.day(sale.won_at), sale) for sale in self.sales if sale.won_at)

    @cached_property
    def lost(self) -> ByDay[Sale]:
        """The deals that are lost, by day."""
        return ByDay((self.day(sale.lost_at), sale) for sale in self.sales if sale.lost_at)

    @cached_property
    def due(self) -> ByDay[Promise]:
        """The promises by the day they were given for."""
        return ByDay((self.day(promise.due_at), promise) for promise in self.promises)

    @cached_property
    def inbound(self) -> ByDay[Call]:
        """The incoming calls by day, repeated ones once."""
        told = (call for call in self.calls if call.inbound and not call.is_repeat)
        return ByDay((self.day(call.started_at), call) for call in told)

    @cached_property
    def billed(self) -> ByDay[Bill]:
        """The invoices by the day of issue."""
        return ByDay((bill.issued_on, bill) for bill in self.bills)

    @cached_property
    def opened(self) -> OpenDays:
        """When each customer had a deal open."""
        known = OpenDays()
        for sale in self.sales:
            closed = sale.won_at or sale.lost_at
            if sale.customer:
                known.add(sale.customer, sale.created_on, self.day(closed) if closed else date.max)
        return known.with_all_of(self.others)

    @cached_property
    def first_wins(self) -> Mapping[UUID, datetime]:
        """When each customer bought first."""
        first: dict[UUID, datetime] = {}
        for sale in self.sales:
            if sale.customer and sale.won_at:
                first[sale.customer] = min(sale.won_at, first.get(sale.customer, sale.won_at))
        return first

    @cached_property
    def promised(self) -> Mapping[UUID, list[Promise]]:
        """The promises of each deal."""
        by_deal: dict[UUID, list[Promise]] = defaultdict(list)
        for promise in self.promises:
            if promise.deal:
                by_deal[promise.deal].append(promise)
        return by_deal

    @cached_property
    def spoken(self) -> Mapping[UUID, list[datetime]]:
        """When each client was spoken to, in order."""
        found: dict[UUID, list[datetime]] = defaultdict(list)
        for call in self.calls:
            if call.answered and call.client:
                found[call.client].append(call.started_at)
        return {client: sorted(instants) for client, instants in found.items()}


def won_in(facts: Facts, span: Span) -> list[Sale]:
    """Return the deals whose win in force lies in a span."""
    return facts.won.within(span)


def in_work(facts: Facts, last: date) -> set[UUID]:
    """Return the customers in work on a day: with an open deal, or one won in the month up to it.

    Always of one month: the load of a manager is held against one, however long the time is.
    """
    month = Span(months_on(last + timedelta(days=1), -1), last)
    return facts.opened.on(last) | {s.customer for s in won_in(facts, month) if s.customer}


def active_on(facts: Facts, day: date) -> set[UUID]:
    """Return the customers who bought within a year up to a day."""
    year = Span(day - timedelta(days=ACTIVE_DAYS - 1), day)
    return {sale.customer for sale in won_in(facts, year) if sale.customer}


def repeats_in(facts: Facts, span: Span) -> list[Sale]:
    """Return the sales of a span whose customer had bought before."""
    return [
        sale
        for sale in won_in(facts, span)
        if sale.customer and sale.won_at and facts.first_wins[sale.customer] < sale.won_at
    ]


def lost_by_promise(facts: Facts, span: Span) -> list[Sale]:
    """Return the deals lost in a span within thirty days of a missed promise, none kept between."""
    return [
        sale for sale in facts.lost.within(span) if _is_blamed(sale, facts.promised.get(sale.id))
    ]


def lost_calls(facts: Facts, calls: Iterable[Call]) -> list[Call]:
    """Return the incoming calls that nobody took, or made good within a working hour."""
    return [call for call in calls if not call.answered and not _is_recovered(facts, call)]


def inbound_in(facts: Facts, span: Span) -> list[Call]:
    """Return the incoming calls of a span, repeated ones once."""
    return facts.inbound.within(span)


def claimed_in(facts: Facts, span: Span) -> Fraction:
    """Return what customers claimed in a span, where it was not rejected."""
    told = (one.amount for one in facts.claims if span.first <= one.claimed_on <= span.last)
    return sum(told, NOUGHT)


def bad_debt(facts: Facts, span: Span, today: date) -> Fraction | None:
    """Return which part of what was billed in a span is owed more than thirty days too long.

    Of bills that could be that late by now: of younger ones nobody knows yet.
    """
    late = today - timedelta(days=OVERDUE_DAYS)
    ripe = [bill for bill in facts.billed.within(span) if bill.due_on and bill.due_on < late]
    total = sum((bill.total for bill in ripe), NOUGHT)
    return sum((bill.owed for bill in ripe), NOUGHT) / total if total else None


def _is_blamed(sale: Sale, promises: list[Promise] | None) -> bool:
    if sale.lost_at is None or not promises:
        return False
    missed = [p.due_at for p in promises if p.missed and p.due_at <= sale.lost_at]
    if not missed or sale.lost_at - max(missed) > LOST_WITHIN:
        return False
    kept = [p.kept_at for p in promises if p.kept_at]
    return not any(max(missed) < at <= sale.lost_at for at in kept)


def _is_recovered(facts: Facts, call: Call) -> bool:
    spoken = facts.spoken.get(call.client, ()) if call.client else ()
    after = bisect_right(spoken, call.started_at)
    # working time is dear to add up: only where somebody was spoken to afterwards at all
    if after == len(spoken):
        return False
    until = add_working_time(facts.calendar, call.started_at, RECOVERED_WITHIN)
    return spoken[after] <= until
