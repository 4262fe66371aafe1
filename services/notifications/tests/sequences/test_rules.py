"""When letters are due, and what ends a sequence: by days, clocks and working time."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from crm_notifications.sequences.rules import (
    Begun,
    Stand,
    Stop,
    after_wait,
    at_local,
    birthday_in,
    born_keys,
    days_of_the_world,
    reason_to_stop,
)
from crm_notifications.sequences.use_cases.timed import birthday_moment
from crm_notifications.subjects.queries import Born
from crm_notifications.subjects.rules import days_of, words_of
from crm_shared.ids import new_id
from crm_shared.working_time import WorkingCalendar

KYIV = ZoneInfo("Europe/Kyiv")
CALENDAR = WorkingCalendar(KYIV)
FRIDAY = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)  # 16:30 in Kyiv


class TestM7Birthdays:
    """M7: the day by the person's own clock, 29 February defined."""

    @pytest.mark.parametrize(
        ("born", "year", "day"),
        [
            (date(1988, 3, 5), 2026, date(2026, 3, 5)),
            (date(1988, 2, 29), 2028, date(2028, 2, 29)),
            (date(1988, 2, 29), 2026, date(2026, 2, 28)),
            (date(1988, 2, 29), 2100, date(2100, 2, 28)),
        ],
    )
    def test_fall_on_a_day_of_every_year(self, born: date, year: int, day: date) -> None:
        assert birthday_in(year, born) == day
        assert f"{born:%m-%d}" in born_keys([day])

    def test_are_looked_for_on_every_day_that_it_is_somewhere(self) -> None:
        evening = datetime(2027, 2, 28, 22, 0, tzinfo=UTC)
        assert days_of_the_world(evening) == [date(2027, 2, 28), date(2027, 3, 1)]
        assert born_keys(days_of_the_world(evening)) == ["02-28", "02-29", "03-01"]
        assert born_keys([date(2028, 2, 28)]) == ["02-28"]

    @pytest.mark.parametrize(
        ("zone", "now", "due"),
        [
            ("Pacific/Auckland", datetime(2026, 6, 30, 13, 0, tzinfo=UTC), "2026-06-30T21:00"),
            ("America/New_York", datetime(2026, 7, 1, 5, 0, tzinfo=UTC), "2026-07-01T13:00"),
            (None, datetime(2026, 7, 1, 5, 0, tzinfo=UTC), "2026-07-01T06:00"),
            ("Mars/Olympus", datetime(2026, 7, 1, 5, 0, tzinfo=UTC), "2026-07-01T06:00"),
            ("America/New_York", datetime(2026, 7, 1, 3, 0, tzinfo=UTC), None),
        ],
    )
    def test_begin_by_the_clock_of_whoever_has_one(
        self, zone: str | None, now: datetime, due: str | None
    ) -> None:
        one = Born(new_id(), "1990-07-01", zone)
        moment = birthday_moment(one, {"at": "09:00"}, KYIV, now)
        assert (moment and moment.due_at) == (due and datetime.fromisoformat(f"{due}:00+00:00"))


class TestWaits:
    @pytest.mark.parametrize(
        ("wait", "until"),
        [
            (None, "2026-11-20T14:30"),
            ({"days": 1}, "2026-11-21T14:30"),
            ({"days": 1, "working": True}, "2026-11-23T14:30"),
            ({"hours": 3}, "2026-11-20T17:30"),
            ({"hours": 3, "working": True}, "2026-11-23T08:30"),
            ({"days": 2, "hours": 2, "working": True}, "2026-11-25T07:30"),
            ({"minutes": 45}, "2026-11-20T15:15"),
        ],
    )
    def test_are_counted_in_working_time_where_a_rule_says_so(
        self, wait: dict[str, Any] | None, until: str
    ) -> None:
        due = after_wait(wait, FRIDAY, CALENDAR)
        assert due == datetime.fromisoformat(f"{until}:00+00:00")

    def test_keep_the_time_of_day_when_the_clocks_change(self) -> None:
        saturday = at_local(date(2026, 3, 28), "10:00", KYIV)
        assert after_wait({"days": 1}, saturday, CALENDAR) - saturday == timedelta(hours=23)


STAGE, OTHER = new_id(), new_id()


class TestReasonToStop:
    @pytest.mark.parametrize(
        ("stop_on", "now", "reason"),
        [
            ([*Stop], Stand(stage_id=STAGE, outcome="open"), None),
            ([*Stop], Stand(is_rule_active=False), "rule-stopped"),
            ([*Stop], Stand(is_gone=True), "record-gone"),
            ([], Stand(is_twin=True), "merged"),
            ([*Stop], Stand(stage_id=OTHER, outcome="open"), "stage-changed"),
            ([*Stop], Stand(stage_id=OTHER, outcome="won"), "deal-won"),
            (["stage_change"], Stand(stage_id=OTHER, outcome="won"), "stage-changed"),
            (["closed"], Stand(stage_id=OTHER, outcome="open"), None),
            ([*Stop], Stand(answered_at=FRIDAY + timedelta(seconds=1)), "replied"),
            ([*Stop], Stand(answered_at=FRIDAY), None),
            (["closed"], Stand(answered_at=FRIDAY + timedelta(days=1)), None),
        ],
    )
    def test_names_what_ended_it(self, stop_on: list[str], now: Stand, reason: str | None) -> None:
        begun = Begun(FRIDAY, frozenset(stop_on), STAGE, "open")
        assert reason_to_stop(begun, now) == reason

    def test_does_not_end_at_what_it_began_with(self) -> None:
        begun = Begun(FRIDAY, frozenset(Stop), STAGE, "won")
        assert reason_to_stop(begun, Stand(stage_id=STAGE, outcome="won")) is None


def told(noun: str, fact: str, **said: Any) -> dict[str, Any]:
    return {
        "type": f"crm.contacts.{noun}.{fact}.v1",
        "time": "2026-11-20T14:30:00Z",
        "bulk": said.pop("bulk", False),
        "data": {noun: said},
    }


class TestWhoSpoke:
    @pytest.mark.parametrize(
        ("envelope", "answered"),
        [
            (told("activity", "created", kind="email", status="planned"), None),
            (told("activity", "completed", kind="email", status="completed"), False),
            (
                told(
                    "activity", "completed", kind="email", status="completed", direction="inbound"
                ),
                True,
            ),
            (told("activity", "completed", kind="meeting", status="completed"), True),
            (told("activity", "completed", kind="call", status="completed", duration_s=90), True),
            (told("activity", "completed", kind="email", status="completed", bulk=True), None),
            (told("call", "logged", direction="outbound", answered=False), False),
            (told("call", "logged", direction="outbound", answered=True), True),
            (told("call", "logged", direction="outbound", answered=None), None),
            (told("call", "logged", direction="inbound", answered=False), True),
            (told("call", "logged", direction="inbound", is_internal=True), None),
            (told("case", "created"), True),
            (told("message", "received", direction="inbound"), True),
            (told("message", "received", direction="outbound"), False),
            (told("message", "received", direction="inbound", is_automatic=True), None),
            (told("message", "sent", direction=None), None),
            (told("case", "solved"), None),
            (told("activity", "completed", status="completed", completed_at="yesterday"), None),
        ],
    )
    def test_is_read_off_activities_calls_and_cases(
        self, envelope: dict[str, Any], answered: bool | None
    ) -> None:
        client, deal = new_id(), new_id()
        noun = envelope["type"].split(".")[2]
        envelope["data"][noun] |= {"contact_id": str(client), "deal_id": str(deal)}
        heard = {(word.noun, word.id, word.is_answer) for word in words_of(envelope)}
        expected: set[tuple[str, UUID, bool]] = set()
        if answered is not None:
            expected = {("contact", client, answered), ("deal", deal, answered)}
        assert heard == expected

    def test_days_are_found_wherever_a_snapshot_names_them(self) -> None:
        facts = {
            "due_date": "2026-12-01",
            "won_at": "2026-11-30T23:30:00Z",
            "custom_fields": {"renewal": "2027-01-15", "code": "2027-13-99"},
            "number": "INV-1",
            "paid_on": None,
        }
        assert sorted(days_of(facts, KYIV)) == [
            "custom_fields.renewal=2027-01-15",
            "due_date=2026-12-01",
            "won_at=2026-12-01",
        ]
