"""F15, K11: a cost of a time, spread over its days; the parts add up to the whole."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction


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
