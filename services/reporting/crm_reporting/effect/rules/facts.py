"""What the live components stand on: the newest word of every deal, promise, call and invoice."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

from crm_reporting.effect.rules.exact import NOUGHT
from crm_reporting.inputs.rules.spreading import Span
from crm_shared.working_time import WorkingCalendar, add_working_time

# a deal or client lost within these days after a missed promise is lost by it (K29)
LOST_WITHIN = timedelta(days=30)
# an unanswered call is not lost when the client is spoken to within this working time (K30)
RECOVERED_WITHIN = timedelta(hours=1)
# who bought within these days is active (G14)
ACTIVE_DAYS = 365
OVERDUE_DAYS = 30


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
class Bill:
    """An invoice: what it was over, what is still owed, and when it was due."""

    issued_on: date
    due_on: date | None
    total: Fraction
    owed: Fraction


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the components are measured on."""

    sales: tuple[Sale, ...]
    promises: tuple[Promise, ...]
    calls: tuple[Call, ...]
    bills: tuple[Bill, ...]
    zone: ZoneInfo
    calendar: WorkingCalendar
    unconverted: Mapping[str, int] = field(default_factory=dict)

    def day(self, at: datetime) -> date:
        """Return the local day of an instant."""
        return at.astimezone(self.zone).date()

    def within(self, at: datetime | None, span: Span) -> bool:
        """Tell whether an instant lies on one of the days of a span."""
        return at is not None and span.first <= self.day(at) <= span.last


def won_in(facts: Facts, span: Span) -> list[Sale]:
    """Return the deals whose win in force lies in a span."""
    return [sale for sale in facts.sales if facts.within(sale.won_at, span)]


def in_work(facts: Facts, span: Span) -> set[UUID]:
    """Return the customers in work: with a deal open on the last day, or won in the span."""
    return {
        sale.customer
        for sale in facts.sales
        if sale.customer
        and (facts.within(sale.won_at, span) or _is_open_on(facts, sale, span.last))
    }


def active_on(facts: Facts, day: date) -> set[UUID]:
    """Return the customers who bought within a year up to a day."""
    year = Span(day - timedelta(days=ACTIVE_DAYS - 1), day)
    return {sale.customer for sale in won_in(facts, year) if sale.customer}


def repeats_in(facts: Facts, span: Span) -> list[Sale]:
    """Return the sales of a span whose customer had bought before."""
    first: dict[UUID, datetime] = {}
    for sale in facts.sales:
        if sale.customer and sale.won_at:
            first[sale.customer] = min(sale.won_at, first.get(sale.customer, sale.won_at))
    return [
        sale
        for sale in won_in(facts, span)
        if sale.customer and sale.won_at and first[sale.customer] < sale.won_at
    ]


def lost_by_promise(facts: Facts, span: Span) -> list[Sale]:
    """Return the deals lost in a span within thirty days of a missed promise, none kept between."""
    by_deal: dict[UUID, list[Promise]] = defaultdict(list)
    for promise in facts.promises:
        if promise.deal:
            by_deal[promise.deal].append(promise)
    return [
        sale
        for sale in facts.sales
        if sale.lost_at and facts.within(sale.lost_at, span) and _is_blamed(sale, by_deal[sale.id])
    ]


def lost_calls(facts: Facts, calls: Iterable[Call]) -> list[Call]:
    """Return the incoming calls that nobody took, or made good within a working hour."""
    spoken: dict[UUID, list[datetime]] = defaultdict(list)
    for call in facts.calls:
        if call.answered and call.client:
            spoken[call.client].append(call.started_at)
    return [call for call in calls if not call.answered and not _is_recovered(facts, call, spoken)]


def inbound_in(facts: Facts, span: Span) -> list[Call]:
    """Return the incoming calls of a span, repeated ones once."""
    return [
        call
        for call in facts.calls
        if call.inbound and not call.is_repeat and facts.within(call.started_at, span)
    ]


def bad_debt(facts: Facts, span: Span, today: date) -> Fraction | None:
    """Return which part of what was billed in a span is owed more than thirty days too long."""
    bills = [bill for bill in facts.bills if span.first <= bill.issued_on <= span.last]
    total = sum((bill.total for bill in bills), NOUGHT)
    if not total:
        return None
    late = today - timedelta(days=OVERDUE_DAYS)
    return sum((b.owed for b in bills if b.due_on and b.due_on < late), NOUGHT) / total


def _is_open_on(facts: Facts, sale: Sale, day: date) -> bool:
    closed = sale.won_at or sale.lost_at
    return sale.created_on <= day and (closed is None or facts.day(closed) > day)


def _is_blamed(sale: Sale, promises: list[Promise]) -> bool:
    if sale.lost_at is None:
        return False
    missed = [p.due_at for p in promises if p.missed and p.due_at <= sale.lost_at]
    if not missed or sale.lost_at - max(missed) > LOST_WITHIN:
        return False
    kept = [p.kept_at for p in promises if p.kept_at]
    return not any(max(missed) < at <= sale.lost_at for at in kept)


def _is_recovered(facts: Facts, call: Call, spoken: Mapping[UUID, list[datetime]]) -> bool:
    if call.client is None:
        return False
    until = add_working_time(facts.calendar, call.started_at, RECOVERED_WITHIN)
    return any(call.started_at < at <= until for at in spoken.get(call.client, ()))
