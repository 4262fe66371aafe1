"""T3, C19: working time over nights, holidays, half days, moved days and changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_shared.working_time import (
    DAYS,
    Hours,
    NoWorkingTimeError,
    Schedule,
    WorkingCalendar,
    add_working_days,
    add_working_time,
    overlaps,
    read_calendar,
    working_time_between,
)

KYIV = ZoneInfo("Europe/Kyiv")
OFFICE = WorkingCalendar(KYIV)
HOUR, NONE = timedelta(hours=1), timedelta(0)
ALWAYS = ((Hours(0, 1440),),) * 7


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KYIV)


@st.composite
def days(draw: st.DrawFn) -> tuple[Hours, ...]:
    ends = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
    return tuple(Hours(a * 15, b * 15) for a, b in zip(ends[::2], ends[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    # somebody works on Wednesdays, so that there is always an answer
    week = [draw(days()) for _ in DAYS]
    week[2] = week[2] or (Hours(540, 1080),)
    dates = st.dates(date(2026, 2, 1), date(2026, 12, 1))
    special = draw(st.dictionaries(dates, days(), max_size=12))
    zone = ZoneInfo(draw(st.sampled_from(["Europe/Kyiv", "America/New_York", "UTC"])))
    return WorkingCalendar(zone, (Schedule(date.min, tuple(week)),), special)


# both changes of the clock lie within
moments = st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 15), timezones=st.just(UTC))  # noqa: DTZ001
amounts = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(hours=90))


class TestProperties:
    @given(calendars(), moments, amounts)
    def test_what_was_added_lies_between(
        self, calendar: WorkingCalendar, at: datetime, amount: timedelta
    ) -> None:
        assert working_time_between(calendar, at, add_working_time(calendar, at, amount)) == amount

    @given(calendars(), moments, amounts, amounts)
    def test_adding_twice_is_adding_the_sum(
        self, calendar: WorkingCalendar, at: datetime, one: timedelta, two: timedelta
    ) -> None:
        twice = add_working_time(calendar, add_working_time(calendar, at, one), two)

        assert twice == add_working_time(calendar, at, one + two)

    @given(calendars(), moments, st.timedeltas(NONE, timedelta(days=20)), st.floats(0, 1))
    def test_parts_make_the_whole(
        self, calendar: WorkingCalendar, at: datetime, length: timedelta, share: float
    ) -> None:
        middle, end = at + length * share, at + length
        parts = working_time_between(calendar, at, middle)
        parts += working_time_between(calendar, middle, end)

        assert parts == working_time_between(calendar, at, end) <= length

    @given(calendars(), moments, st.integers(1, 30))
    def test_working_days_end_within_working_time(
        self, calendar: WorkingCalendar, at: datetime, count: int
    ) -> None:
        end = add_working_days(calendar, at, count)
        spans = calendar.spans_on(end.astimezone(calendar.zone).date())
        late = calendar.spans_on(end.astimezone(calendar.zone).date() - timedelta(days=1))

        assert end > at
        assert any(start <= end for start, _ in spans + late)


class TestAddWorkingTime:
    @pytest.mark.parametrize(
        ("at", "hours", "expected"),
        [
            ("2026-03-16T10:00", 2, "2026-03-16T12:00"),
            ("2026-03-16T17:00", 2, "2026-03-17T10:00"),  # over night
            ("2026-03-13T17:30", 1, "2026-03-16T09:30"),  # over the week's end
            ("2026-03-16T05:00", 1, "2026-03-16T10:00"),  # before work
            ("2026-03-16T09:00", 9, "2026-03-16T18:00"),  # to the end of the day, not beyond
            ("2026-03-27T17:00", 2, "2026-03-30T10:00"),  # the clock goes forward on Sunday
            ("2026-10-23T17:00", 2, "2026-10-26T10:00"),  # and back
        ],
    )
    def test_skips_what_is_not_worked(self, at: str, hours: int, expected: str) -> None:
        assert add_working_time(OFFICE, local(at), hours * HOUR) == local(expected)

    def test_counts_real_hours_round_the_clock(self) -> None:
        calendar = WorkingCalendar(KYIV, (Schedule(date.min, ALWAYS),))

        assert add_working_time(calendar, local("2026-03-28T12:00"), 24 * HOUR) == local(
            "2026-03-29T13:00"
        )
        assert working_time_between(
            calendar, local("2026-10-25T00:00"), local("2026-10-26T00:00")
        ) == (25 * HOUR)
        assert working_time_between(
            calendar, local("2026-03-29T00:00"), local("2026-03-30T00:00")
        ) == (23 * HOUR)

    def test_nothing_is_nothing_and_less_is_refused(self) -> None:
        night = local("2026-03-16T02:00")

        assert add_working_time(OFFICE, night, NONE) == night
        with pytest.raises(ValueError, match="forwards"):
            add_working_time(OFFICE, night, -HOUR)
        with pytest.raises(ValueError, match="forwards"):
            add_working_days(OFFICE, night, -1)

    def test_says_so_when_nobody_ever_works(self) -> None:
        calendar = WorkingCalendar(KYIV, (Schedule(date.min, ((),) * 7),))

        with pytest.raises(NoWorkingTimeError):
            add_working_time(calendar, local("2026-03-16T10:00"), HOUR)
        with pytest.raises(NoWorkingTimeError):
            add_working_days(calendar, local("2026-03-16T10:00"), 1)


class TestCalendar:
    WEEK: ClassVar = {name: [{"start": "09:00", "end": "18:00"}] for name in DAYS[:5]}
    SHORT: ClassVar = {
        "on": "2026-12-31",
        "kind": "short",
        "hours": [{"start": "09:00", "end": "13:00"}],
    }

    def test_knows_holidays_half_days_and_moved_days(self) -> None:
        special: list[dict[str, Any]] = [
            {"on": "2020-01-01", "kind": "holiday", "every_year": True},
            self.SHORT,
            {"on": "2026-03-14", "kind": "working", "instead_of": "2026-03-13"},
            {"on": "2026-03-13", "kind": "holiday"},
        ]
        calendar = read_calendar(KYIV, [{"week": self.WEEK}], special)

        assert calendar.hours_on(date(2027, 1, 1)) == ()
        assert calendar.hours_on(date(2026, 3, 13)) == ()
        assert calendar.hours_on(date(2026, 3, 14)) == (Hours(540, 1080),)
        late = local("2026-12-31T12:30")
        assert add_working_time(calendar, late, HOUR) == local("2027-01-04T09:30")
        assert add_working_days(calendar, late, 1) == local("2027-01-04T12:30")
        assert add_working_days(calendar, local("2026-12-30T16:00"), 1) == local("2026-12-31T13:00")

    def test_counts_each_time_by_the_schedule_of_that_time(self) -> None:
        longer = {**self.WEEK, "saturday": [{"start": "10:00", "end": "24:00"}]}
        given_: list[dict[str, Any]] = [
            {"valid_from": "2026-06-01", "week": longer},
            {"week": self.WEEK},
        ]
        calendar = read_calendar(KYIV, given_, [])

        assert calendar.hours_on(date(2026, 5, 30)) == ()
        assert calendar.hours_on(date(2026, 6, 6)) == (Hours(600, 1440),)
        assert working_time_between(
            calendar, local("2026-05-25T00:00"), local("2026-06-08T00:00")
        ) == (10 * 9 * HOUR + 14 * HOUR)

    def test_counts_no_minute_twice_when_the_clock_skips_an_hour(self) -> None:
        night = (Hours(120, 210), Hours(225, 300))
        calendar = WorkingCalendar(KYIV, (Schedule(date.min, (night,) * 7),))

        spans = calendar.spans_on(date(2026, 3, 29))

        assert all(one[1] <= other[0] for one, other in pairwise(spans))

    def test_tells_stretches_that_lie_over_each_other(self) -> None:
        assert overlaps((Hours(600, 720), Hours(540, 601)))
        assert not overlaps((Hours(600, 720), Hours(540, 600)))
