"""G13: how long things took in working time, by the company's calendar. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil
from statistics import median

from crm_reporting.metrics.rules.numbers import Figure, Reason, part_of
from crm_shared.working_time import Span, WorkingCalendar

NOTHING, A_DAY = timedelta(0), timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
NINE_TENTHS = Decimal("0.9")


class Clock:
    """Runs while the company works; a day is worked out once, however many things it lies in."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self.calendar = calendar
        self._days: dict[date, tuple[list[Span], timedelta]] = {}

    def seconds(self, stretches: Iterable[Span]) -> Decimal:
        """Return the working seconds of some stretches together."""
        worked = sum(
            (part for start, end in stretches for _day, part, _of in self._parts(start, end)),
            NOTHING,
        )
        return _seconds(worked)

    def days(self, start: datetime, end: datetime) -> Decimal:
        """Return the working days between two moments; of a day the part of its hours."""
        return sum(
            (
                Decimal(1) if part == of else _seconds(part) / _seconds(of)
                for _day, part, of in self._parts(start, end)
            ),
            Decimal(0),
        )

    def _parts(self, start: datetime, end: datetime) -> Iterable[tuple[date, timedelta, timedelta]]:
        first, last = (at.astimezone(self.calendar.zone).date() for at in (start, end))
        day = first
        while day <= last:
            spans, whole = self._day(day)
            if spans and first < day < last:
                yield day, whole, whole
            elif spans:
                within = (max(min(to, end) - max(since, start), NOTHING) for since, to in spans)
                yield day, sum(within, NOTHING), whole
            day += A_DAY

    def _day(self, day: date) -> tuple[list[Span], timedelta]:
        known = self._days.get(day)
        if known is None:
            spans = self.calendar.spans_on(day)
            whole = sum((to - since for since, to in spans), NOTHING)
            known = self._days[day] = (spans, whole)
        return known


def _seconds(span: timedelta) -> Decimal:
    return Decimal(span // MICROSECOND).scaleb(-6)


def spread(values: Sequence[Decimal], *, unfinished: int = 0) -> Figure:
    """Return the mean with median and 90th percentile; what is not finished is counted apart."""
    details: dict[str, Decimal | int | None] = {
        "median": None, "p90": None, "open_n": unfinished,
    }  # fmt: skip
    if not values:
        return Figure(None, 0, Decimal(0), Decimal(0), reason=Reason.NO_DATA, details=details)
    ordered = sorted(values)
    details["median"] = median(ordered)
    # the nearest rank, as everywhere
    details["p90"] = ordered[ceil(NINE_TENTHS * len(ordered)) - 1]
    whole, n = sum(ordered, Decimal(0)), len(ordered)
    known = part_of(n, n + unfinished)
    return Figure(whole / n, n, whole, Decimal(n), known, details=details)
