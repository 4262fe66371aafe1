"""Output per person: full-time months, days and hours of those who were at work. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from crm_reporting.inputs.rules.spreading import Span, months_in
from crm_reporting.metrics.rules.numbers import HUNDRED, Figure, Reason, part_of, quotient, unknown
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.metrics.rules.spending import decimal, span_of
from crm_shared.working_time import WorkingCalendar


class Post(NamedTuple):
    """Somebody at work: his share of full time and what he costs a month."""

    role: str
    user: UUID | None
    team: UUID | None
    fte: Decimal
    pay: Fraction | None
    over: Span


Posts = Sequence[Post]


def fte_months(posts: Iterable[Post], period: Period) -> Decimal:
    """Return full-time months; who came or left within the period counts for his days."""
    whole = sum(
        (Fraction(post.fte) * months_in(post.over, span_of(period)) for post in posts), Fraction(0)
    )
    return decimal(whole)


def fte_hours(posts: Iterable[Post], period: Period, calendar: WorkingCalendar) -> Decimal:
    """Return the working hours of the company's calendar, by shares of full time."""
    return _worked(posts, period, calendar, hours=True)


def fte_days(posts: Iterable[Post], period: Period, calendar: WorkingCalendar) -> Decimal:
    """Return full-time working days."""
    return _worked(posts, period, calendar, hours=False)


def _worked(
    posts: Iterable[Post], period: Period, calendar: WorkingCalendar, *, hours: bool
) -> Decimal:
    asked = span_of(period)
    spans = [
        (post.fte, max(post.over.first, asked.first), min(post.over.last, asked.last))
        for post in posts
    ]
    spans = [one for one in spans if one[1] <= one[2]]
    if not spans:
        return Decimal(0)
    # each day is asked once, however many people there are: what was worked until it
    start, end = min(first for _, first, _ in spans), max(last for *_, last in spans)
    until = [Decimal(0)]
    for day in days_in(Period(start, end + timedelta(days=1))):
        worked = hours_on(calendar, day) if hours else int(bool(calendar.hours_on(day)))
        until.append(until[-1] + worked)
    return sum(
        (
            fte * (until[(last - start).days + 1] - until[(first - start).days])
            for fte, first, last in spans
        ),
        Decimal(0),
    )


def days_at_work(posts: Sequence[Post], worked: Sequence[date]) -> set[date]:
    """Return those of the working days, told in order, on which somebody was on the staff."""
    return {
        day
        for one in posts
        for day in worked[bisect_left(worked, one.over.first) : bisect_right(worked, one.over.last)]
    }


def days_in(period: Period) -> list[date]:
    """Return the days of a period."""
    return [period.start + timedelta(days=n) for n in range(period.days)]


def working_days(period: Period, calendar: WorkingCalendar) -> int:
    """Return how many days of a period are worked."""
    return sum(bool(calendar.hours_on(day)) for day in days_in(period))


def hours_on(calendar: WorkingCalendar, day: date) -> Decimal:
    """Return how many hours of a day are worked; one that the clock skips is none."""
    worked = sum((end - start for start, end in calendar.spans_on(day)), timedelta(0))
    return Decimal(worked // timedelta(minutes=1)) / 60


def per_employee(sales: Figure, months: Decimal, heads: int, period: Period) -> Figure:
    """K45: credited sales / full-time months; per head and month where nobody entered staff."""
    per_head = not months
    if sales.value is None:
        return unknown(Reason.NO_DATA, per_head=int(per_head))
    if per_head:
        months = heads * decimal(months_in(span_of(period), span_of(period)))
    figure = quotient(sales.value, months, n=sales.n)
    figure.details.update({"fte": None if per_head else months, "per_head": int(per_head)})
    return Figure(
        figure.value, sales.n, sales.value, months, sales.coverage, figure.reason, figure.details
    )


def in_work(days: Decimal, customers: int, period: Period) -> Figure:
    """K27: customers in work, as the mean of a period's days."""
    return quotient(days, Decimal(period.days), n=customers)


def per_seller(
    whole: Figure, months: Decimal, heads: int, period: Period, *, unowned: int
) -> Figure:
    """K27: of a team or company per full-time seller; per head where nobody entered staff."""
    sellers = months / decimal(months_in(span_of(period), span_of(period))) if months else heads
    figure = quotient(whole.value or Decimal(0), Decimal(sellers), n=whole.n)
    figure.details.update({"customers": whole.n, "unowned": unowned, "per_head": int(not months)})
    return figure


def growth(
    now: Figure, days: Decimal, before: Decimal | None, days_before: Decimal | None
) -> Figure:
    """K28: output per full-time day now / at the baseline, less one, in percent."""
    if before is None or not days_before:
        return unknown(Reason.NO_BASELINE)
    if not days:
        return unknown(Reason.NO_INPUT)
    if now.value is None:
        return unknown(now.reason or Reason.NO_DATA)
    then, is_now = before / days_before, now.value / days
    if not then:
        return unknown(Reason.NO_DENOMINATOR)
    return Figure((is_now / then - 1) * HUNDRED, now.n, is_now, then)


def growth_of(now: Figure, before: Decimal | None) -> Figure:
    """K28: what stands per seller already, against the same at the baseline."""
    if before is None:
        return unknown(Reason.NO_BASELINE)
    if now.value is None or not before:
        return unknown(now.reason or Reason.NO_DENOMINATOR)
    value = (now.value / before - 1) * HUNDRED
    return Figure(value, now.n, now.value, before, now.coverage, details=dict(now.details))


def per_day(done: Figure, days: Decimal) -> Figure:
    """K44: what was brought to an end / full-time working days."""
    if not days:
        return unknown(Reason.NO_INPUT)
    return quotient(done.value or Decimal(0), days, n=done.n)


def calls_an_hour(calls: int, of_all: int, hours: Decimal) -> Figure:
    """K26: answered outgoing calls / hours worked; coverage is the part of calls by known staff."""
    if not hours:
        return unknown(Reason.NO_INPUT)
    figure = quotient(Decimal(calls), hours, n=calls)
    return Figure(
        figure.value, calls, Decimal(calls), hours, part_of(calls, of_all), figure.reason,
        {"hours_worked": hours},
    )  # fmt: skip


def return_on_pay(profit: Figure, pay: Fraction | None) -> Figure:
    """K34b: gross profit credited / what the people cost who brought it."""
    if pay is None:
        return unknown(Reason.NO_INPUT)
    if profit.value is None:
        return unknown(Reason.NO_DATA, pay=decimal(pay))
    whole = decimal(pay)
    figure = quotient(profit.value, whole, n=profit.n)
    return Figure(
        figure.value, profit.n, profit.value, whole, profit.coverage, figure.reason, {"pay": whole}
    )
