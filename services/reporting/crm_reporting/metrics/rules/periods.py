"""Periods of whole local days, their buckets, and the periods they are compared with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

MONTHS = 12
QUARTER = 3
LAST_DAY_OF_FEBRUARY = 28


class Interval(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Against(StrEnum):
    PREVIOUS = "previous"
    LAST_YEAR = "last_year"
    BASELINE = "baseline"  # what it was before the CRM, as recorded


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` on, `end` not among them."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The day whose rate says what stands at its end."""
        return self.end - timedelta(days=1)

    def months(self) -> tuple[date, date]:
        """Return the whole months inside: first day of the first, first day after the last."""
        first = self.start if self.start.day == 1 else months_on(self.start.replace(day=1), 1)
        return first, self.end.replace(day=1)

    def buckets(self, interval: Interval) -> Iterator["Period"]:
        """Yield every bucket of the period, also the empty ones, cut at its ends."""
        start = self.start
        while start < self.end:
            end = min(_after(bucket_of(start, interval), interval), self.end)
            yield Period(start, end)
            start = end

    def other(self, against: Against) -> "Period":
        """Return the period before of equal length, or the same days a year earlier."""
        if against is Against.PREVIOUS:
            return Period(self.start - timedelta(days=self.days), self.start)
        return Period(_year_before(self.start), _year_before(self.end))

    def elapsed(self, today: date) -> int:
        """Return how many of its days have begun; of a period yet to come, none."""
        return max(0, min(self.days, (today - self.start).days + 1))

    def begun(self, today: date) -> "Period":
        """Return the days that have begun: on the others nobody has done anything yet."""
        return Period(self.start, self.start + timedelta(days=self.elapsed(today)))

    def is_unfinished(self, today: date) -> bool:
        """Tell whether facts may still come to it in the ordinary way."""
        return self.end > today


def scale(now: Period, other: Period, today: date) -> Decimal:
    """Return by what the other period's sum is multiplied to compare like with like."""
    if not other.days:
        return Decimal(1)
    return Decimal(now.elapsed(today)) / Decimal(other.days)


def bucket_of(day: date, interval: Interval) -> date:
    """Return the first day of the bucket in which a day lies; weeks begin on Monday."""
    if interval is Interval.DAY:
        return day
    if interval is Interval.WEEK:
        return day - timedelta(days=day.weekday())
    if interval is Interval.MONTH:
        return day.replace(day=1)
    if interval is Interval.QUARTER:
        return day.replace(month=(day.month - 1) // QUARTER * QUARTER + 1, day=1)
    return day.replace(month=1, day=1)


def _after(start: date, interval: Interval) -> date:
    if interval is Interval.DAY:
        return start + timedelta(days=1)
    if interval is Interval.WEEK:
        return start + timedelta(days=7)
    months = {Interval.MONTH: 1, Interval.QUARTER: QUARTER}.get(interval, MONTHS)
    return months_on(start, months)


def months_on(first: date, months: int) -> date:
    """Return the first day of the month so many months later."""
    years, month = divmod(first.month - 1 + months, MONTHS)
    return first.replace(year=first.year + years, month=month + 1)


def _year_before(day: date) -> date:
    if (day.month, day.day) == (2, LAST_DAY_OF_FEBRUARY + 1):
        return day.replace(year=day.year - 1, day=LAST_DAY_OF_FEBRUARY)
    return day.replace(year=day.year - 1)
