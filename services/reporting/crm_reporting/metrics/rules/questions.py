"""From parameters to a question that the metric can answer, or a refusal that names the rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from crm_reporting.metrics.errors import QuestionError
from crm_reporting.metrics.rules.asks import DIMENSION_OF, Ask, Customers, Outcome, names_of
from crm_reporting.metrics.rules.catalogue import KINDS, Dimension, Metric
from crm_reporting.metrics.rules.classes import UNTIL_A, UNTIL_B
from crm_reporting.metrics.rules.periods import Against, Interval, Period
from crm_shared.actor import Access
from crm_shared.clock import local_day
from crm_shared.filters import And
from crm_shared.money import CURRENCIES

FIRST_YEAR, LAST_YEAR = 1900, 2200
SORTED_BY = KINDS | {Dimension.DEPARTMENT}
MOST_BUCKETS = 1500
CLOCKS_DIFFER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the caller wrote."""

    start: date | None
    end: date | None
    by: Dimension | None = None
    interval: Interval | None = None
    compare: Against | None = None
    currency: str | None = None
    as_of: datetime | None = None
    outcome: Outcome = "restate"
    variant: str | None = None
    include_zero: bool = False
    as_was: bool = False
    customers: Customers = "own"
    until_a: Decimal = UNTIL_A
    until_b: Decimal = UNTIL_B


@dataclass(frozen=True, slots=True)
class Around:
    """What holds for every question: who asks, when, and what the counters are built in."""

    access: Access
    now: datetime
    zone: ZoneInfo
    currency: str


def ask_of(metric: Metric, told: Parameters, filters: And, around: Around) -> Ask:
    """Return the question, or raise QuestionError."""
    check_as_of(told.as_of, around.now)
    today = local_day(told.as_of or around.now, around.zone)
    period = _period(told, today)
    currency = told.currency or around.currency
    if currency not in CURRENCIES:
        raise QuestionError("currency", "unknown-currency", "Must be a currency of ISO 4217.")
    variant = _variant(metric, told.variant)
    measure = metric.measures[variant]
    own_only = measure.narrowed_by_own or metric.custom is not None
    _check_dimensions(measure.dimensions, told.by, filters, own_only=own_only)
    _check_buckets(told, period)
    _check_groups(metric, told)
    return Ask(
        metric=metric,
        period=period,
        access=around.access,
        today=today,
        currency=currency,
        by=told.by,
        interval=told.interval,
        compare=told.compare,
        outcome=told.outcome,
        variant=variant,
        include_zero=told.include_zero,
        as_of=told.as_of,
        as_was=told.as_was,
        customers=told.customers,
        until_a=told.until_a,
        until_b=told.until_b,
        filter=filters,
    )


def _check_groups(metric: Metric, told: Parameters) -> None:
    if (told.until_a, told.until_b) == (UNTIL_A, UNTIL_B):
        return
    if not metric.grouped:
        name = "until_a" if told.until_a != UNTIL_A else "until_b"
        raise QuestionError(name, "unknown-parameter", "This metric has no ABC groups.")
    if told.until_a >= told.until_b:
        raise QuestionError("until_b", "out-of-range", "Must be above `until_a`.")


def check_as_of(as_of: datetime | None, now: datetime) -> None:
    """Refuse an instant without its zone, and one that has not come: QuestionError."""
    if as_of is None:
        return
    _check_year("as_of", as_of)
    if as_of.tzinfo is None:
        raise QuestionError("as_of", "timezone-missing", "Must be an instant with its zone.")
    # clocks differ; beyond that a future nobody knows would be told as nought
    if as_of > now + CLOCKS_DIFFER:
        raise QuestionError("as_of", "in-the-future", "Nothing is known of the future.")


def _check_dimensions(
    known: Sequence[Dimension], by: Dimension | None, filters: And, *, own_only: bool
) -> None:
    if by is not None and by not in known:
        rule = f"This metric is cut by {', '.join(known) or 'nothing'}."
        raise QuestionError("by", "unknown-dimension", rule)
    for name in sorted(names_of(filters)):
        # what a part is sorted by differs from part to part
        is_own = own_only or DIMENSION_OF[name] in SORTED_BY
        if is_own and DIMENSION_OF[name] not in known:
            rule = f"This metric is cut by {', '.join(known) or 'nothing'}."
            raise QuestionError(name, "unknown-dimension", rule)


def _period(told: Parameters, today: date) -> Period:
    """Without days it is this year so far; `to` is the day after the last one."""
    end = told.end or today + timedelta(days=1)
    if told.start is None:
        # before the first of all days there is none to begin with
        _check_year("to", end)
    start = told.start or (end - timedelta(days=1)).replace(month=1, day=1)
    for name, day in (("from", start), ("to", end)):
        _check_year(name, day)
    if start >= end:
        raise QuestionError("to", "empty-period", "Must lie after `from`, which it excludes.")
    return Period(start, end)


def _check_year(name: str, day: date) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        rule = f"Years go from {FIRST_YEAR} to {LAST_YEAR}."
        raise QuestionError(name, "out-of-range", rule)


def _check_buckets(told: Parameters, period: Period) -> None:
    finest = {Interval.DAY: 1, Interval.WEEK: 7}.get(told.interval or Interval.YEAR, 28)
    if told.interval is not None and period.days / finest > MOST_BUCKETS:
        rule = f"The period has more than {MOST_BUCKETS} of these."
        raise QuestionError("interval", "too-many-buckets", rule)


def _variant(metric: Metric, variant: str | None) -> str | None:
    if variant is None:
        return metric.variants[0] if metric.variants else None
    if variant not in metric.variants:
        known = ", ".join(metric.variants) or "no variants"
        raise QuestionError("variant", "unknown-variant", f"This metric has {known}.")
    return variant
