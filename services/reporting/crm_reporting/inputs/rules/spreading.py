"""F15, K11: a cost of a time, spread over its days; the parts add up to the whole."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from crm_reporting.metrics.errors import QuestionError

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2200, 12, 31)
MOST_YEARS = 20
DAYS_KNOWN = f"Days lie between {FIRST_DAY} and {LAST_DAY}"
TOO_LONG = f"A time has {MOST_YEARS} years at most"


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, both of them in it."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return max(0, (self.last - self.first).days + 1)

    def within(self, other: "Span") -> int:
        """Return how many of its days lie in another span."""
        return Span(max(self.first, other.first), min(self.last, other.last)).days


def is_known_day(day: date) -> bool:
    """Tell whether a day is one that inputs can have."""
    return FIRST_DAY <= day <= LAST_DAY


def is_too_long(span: Span) -> bool:
    """Tell whether a time has more days than are worked through month by month."""
    return span.days > MOST_YEARS * 366


def check_day(name: str, day: date) -> None:
    """Refuse a day that no input can have, and no answer either: QuestionError."""
    if not is_known_day(day):
        raise QuestionError(name, "out-of-range", f"{DAYS_KNOWN}.")


def asked_span(start: date, end: date) -> Span:
    """Return the days asked for, the last one not included, or raise QuestionError."""
    check_day("from", start)
    check_day("to", end)
    if start >= end:
        raise QuestionError("to", "empty-period", "Must lie after `from`, which it excludes.")
    span = Span(start, end - timedelta(days=1))
    if is_too_long(span):
        raise QuestionError("to", "period-too-long", f"{TOO_LONG}.")
    return span


def part_in(amount: Decimal, over: Span, asked: Span) -> Fraction:
    """Return the part of an amount that falls on the days asked for, exactly."""
    return Fraction(amount) * over.within(asked) / over.days


def months_of(span: Span) -> list[Span]:
    """Return the calendar months of a span, the first and the last cut where it begins and ends."""
    found, first = [], span.first
    while first <= span.last:
        after = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        found.append(Span(first, min(span.last, after - timedelta(days=1))))
        first = after
    return found


def whole_months(span: Span) -> list[Span]:
    """Return the calendar months that lie in a span with all their days."""
    return [
        month
        for month in months_of(span)
        if month.first.day == 1 and (month.last + timedelta(days=1)).day == 1
    ]


def months_in(span: Span, asked: Span) -> Fraction:
    """Return how many months of a span lie in another, parts of a month by its days."""
    total = Fraction(0)
    for month in months_of(Span(max(span.first, asked.first), min(span.last, asked.last))):
        after = (month.first.replace(day=1) + timedelta(days=32)).replace(day=1)
        total += Fraction(month.days, (after - month.first.replace(day=1)).days)
    return total
