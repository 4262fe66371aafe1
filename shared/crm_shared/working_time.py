"""Working time: which part of the clock counts, by weekly hours, holidays and moved days.

Pure: a calendar is a value, and every function here answers from its arguments alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# A calendar in which nobody works for so long has no answer.
FARTHEST = timedelta(days=3660)
NOTHING = timedelta(0)


class NoWorkingTimeError(ValueError):
    """Nobody works within ten years of the moment that was asked about."""


@dataclass(frozen=True, slots=True, order=True)
class Hours:
    """A stretch of one day, in minutes after midnight by the clock on the wall."""

    start: int
    end: int


Day = tuple[Hours, ...]
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Schedule:
    """The seven days of a week, Monday first, as they are worked from a day on."""

    valid_from: date
    week: tuple[Day, ...]


OFFICE: Day = (Hours(9 * 60, 18 * 60),)
STANDARD = Schedule(date.min, (OFFICE,) * 5 + ((), ()))


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """When a company works: schedules by date, single days, and days of every year."""

    zone: ZoneInfo
    schedules: tuple[Schedule, ...] = (STANDARD,)
    days: Mapping[date, Day] = field(default_factory=dict)
    yearly: Mapping[tuple[int, int], Day] = field(default_factory=dict)

    def hours_on(self, day: date) -> Day:
        """Return what is worked on a day; a single day goes before one of every year."""
        if day in self.days:
            return self.days[day]
        if (day.month, day.day) in self.yearly:
            return self.yearly[day.month, day.day]
        return self.week_of(day)[day.weekday()]

    def week_of(self, day: date) -> tuple[Day, ...]:
        """Return the week in force on a day; before the first schedule that one counts."""
        in_force = self.schedules[0]
        for schedule in self.schedules[1:]:
            if schedule.valid_from <= day:
                in_force = schedule
        return in_force.week

    def spans_on(self, day: date) -> list[Span]:
        """Return the stretches of a day as instants; an hour that the clock skips is not worked."""
        spans: list[Span] = []
        for hours in self.hours_on(day):
            start, end = _instant(day, hours.start, self.zone), _instant(day, hours.end, self.zone)
            # a stretch that begins within a skipped hour must not count time twice
            start = max(start, spans[-1][1]) if spans else start
            if start < end:
                spans.append((start, end))
        return spans


def add_working_time(calendar: WorkingCalendar, at: datetime, amount: timedelta) -> datetime:
    """Return the instant (UTC) at which so much working time has passed since `at`.

    Raises ValueError for a negative amount, NoWorkingTimeError when there is not that much.
    """
    if amount < NOTHING:
        raise ValueError("working time is counted forwards")
    at = at.astimezone(UTC)
    left = amount
    if left == NOTHING:
        return at
    for start, end in _spans_after(calendar, at):
        begin = max(start, at)
        if left <= end - begin:
            return begin + left
        left -= end - begin
    raise NoWorkingTimeError(at.isoformat())


def working_time_between(calendar: WorkingCalendar, start: datetime, end: datetime) -> timedelta:
    """Return how much working time lies between two instants; none when `end` is not later."""
    total = NOTHING
    if end <= start:
        return total
    day, last = (at.astimezone(calendar.zone).date() for at in (start, end))
    while day <= last:
        for begins, ends in calendar.spans_on(day):
            total += max(min(ends, end) - max(begins, start), NOTHING)
        day += timedelta(days=1)
    return total


def add_working_days(calendar: WorkingCalendar, at: datetime, days: int) -> datetime:
    """Return the same time of day so many working days later, within that day's hours.

    Raises ValueError for a negative number, NoWorkingTimeError when there are not that many.
    """
    if days < 0:
        raise ValueError("working days are counted forwards")
    local = at.astimezone(calendar.zone)
    day, end, left = local.date(), local.date() + FARTHEST, days
    while left:
        day += timedelta(days=1)
        if day > end:
            raise NoWorkingTimeError(at.isoformat())
        left -= bool(calendar.spans_on(day))
    if not days:
        return at.astimezone(UTC)
    spans = calendar.spans_on(day)
    wanted = datetime.combine(day, local.time(), calendar.zone).astimezone(UTC)
    return min(max(wanted, spans[0][0]), spans[-1][1])


def read_calendar(
    zone: ZoneInfo,
    schedules: Sequence[Mapping[str, Any]],
    special_days: Sequence[Mapping[str, Any]],
) -> WorkingCalendar:
    """Make a calendar of what the event `workspace.updated` says (see `WorkspaceFacts`)."""
    known = sorted(
        (
            Schedule(
                date.fromisoformat(str(one["valid_from"])) if one.get("valid_from") else date.min,
                tuple(read_hours(one["week"].get(name, ())) for name in DAYS),
            )
            for one in schedules
        ),
        key=lambda schedule: schedule.valid_from,
    )
    calendar = WorkingCalendar(zone, tuple(known) or (STANDARD,))
    days: dict[date, Day] = {}
    yearly: dict[tuple[int, int], Day] = {}
    for one in special_days:
        day = date.fromisoformat(str(one["on"]))
        if one.get("every_year"):
            yearly[day.month, day.day] = _hours_of(one, calendar)
        else:
            days[day] = _hours_of(one, calendar)
    return WorkingCalendar(zone, calendar.schedules, days, yearly)


def read_hours(stretches: Sequence[Mapping[str, Any]]) -> Day:
    """Read `{"start": "09:00", "end": "18:00"}`; 24:00 is the end of the day."""
    return tuple(sorted(Hours(minutes(one["start"]), minutes(one["end"])) for one in stretches))


def minutes(clock: str) -> int:
    """Return minutes after midnight of a time like 09:30, at most 24:00."""
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)


def overlaps(day: Day) -> bool:
    """Tell whether stretches of a day lie over each other."""
    return any(one.end > other.start for one, other in pairwise(sorted(day)))


def _hours_of(special: Mapping[str, Any], calendar: WorkingCalendar) -> Day:
    if special.get("hours") is None and (instead := special.get("instead_of")):
        moved = date.fromisoformat(str(instead))
        return calendar.week_of(moved)[moved.weekday()]
    return read_hours(special.get("hours") or ())


def _spans_after(calendar: WorkingCalendar, at: datetime) -> Iterator[Span]:
    # a day early: midnight of the zone may be another day than that of `at`
    day = at.astimezone(calendar.zone).date() - timedelta(days=1)
    end = day + FARTHEST
    while day <= end:
        yield from (span for span in calendar.spans_on(day) if span[1] > at)
        day += timedelta(days=1)


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    if minute == DAY_MINUTES:
        day, minute = day + timedelta(days=1), 0
    return datetime.combine(day, time(minute // 60, minute % 60), zone).astimezone(UTC)
