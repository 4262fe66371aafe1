"""Who gets a task, what it is called and when it is due."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from crm_contacts.task_rules.rules import DealMove, People, assignee_of, due_at, title_of
from crm_contacts.testing import make_template
from crm_shared.ids import new_id
from crm_shared.working_time import Schedule, WorkingCalendar

# fixed: they name tests, which must be the same in every worker
OWNER, HEAD, LAWYER, TEAM = (UUID(int=number) for number in range(1, 5))
AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
OFFICE = WorkingCalendar(ZoneInfo("Europe/Kyiv"))


def move(owner_id: UUID | None = OWNER, team_id: UUID | None = TEAM) -> DealMove:
    return DealMove(
        deal_id=new_id(),
        revision=2,
        event_id=new_id(),
        at=AT,
        owner_id=owner_id,
        team_id=team_id,
        contact_id=None,
        company_id=None,
    )


def people(*inactive: UUID, head_id: UUID | None = HEAD) -> People:
    return People(
        heads={} if head_id is None else {TEAM: head_id}, languages={}, inactive=frozenset(inactive)
    )


class TestAssignee:
    @pytest.mark.parametrize(
        ("asked", "expected"), [("owner", OWNER), ("team_head", HEAD), (str(LAWYER), LAWYER)]
    )
    def test_is_whom_the_template_names(self, asked: str, expected: UUID) -> None:
        assert assignee_of(make_template(assignee=asked), move(), people()) == expected

    def test_is_the_head_when_the_owner_left_or_is_missing(self) -> None:
        template = make_template()

        assert assignee_of(template, move(), people(OWNER)) == HEAD
        assert assignee_of(template, move(owner_id=None), people()) == HEAD

    def test_is_the_owner_when_the_team_has_no_head(self) -> None:
        template = make_template(assignee="team_head")

        assert assignee_of(template, move(), people(head_id=None)) == OWNER
        assert assignee_of(template, move(team_id=None), people()) == OWNER

    def test_is_nobody_when_all_have_left(self) -> None:
        assert assignee_of(make_template(), move(), people(OWNER, HEAD)) is None


class TestTitle:
    def test_is_in_the_language_of_the_assignee_or_the_first_there_is(self) -> None:
        template = make_template(title={"en": "Call", "uk": "Дзвінок"})

        assert title_of(template, "uk") == "Дзвінок"
        assert title_of(template, "ru") == "Call"
        assert title_of(template, None) == "Call"


class TestDueAt:
    def test_counts_from_the_event(self) -> None:
        assert due_at(make_template(due_in_s=3600.0), AT) == AT + timedelta(hours=1)

    def test_is_open_when_the_template_sets_none(self) -> None:
        assert due_at(make_template(due_in_s=None), AT) is None

    @pytest.mark.parametrize(
        ("counted", "due_in", "expected"),
        [
            # AT is a Monday, 11 o'clock in Kyiv; working hours are nine to six
            ("clock", timedelta(hours=8), AT + timedelta(hours=8)),
            ("working_hours", timedelta(hours=8), AT + timedelta(days=1, hours=-1)),
            ("working_hours", timedelta(hours=40), AT + timedelta(days=4, hours=4)),
            ("working_days", timedelta(days=5), AT + timedelta(days=7)),
        ],
    )
    def test_counts_what_the_template_says(
        self, counted: str, due_in: timedelta, expected: datetime
    ) -> None:
        template = make_template(due_in_s=due_in.total_seconds(), due_counts=counted)

        assert due_at(template, AT, OFFICE) == expected

    def test_is_open_where_nobody_ever_works(self) -> None:
        never = WorkingCalendar(OFFICE.zone, (Schedule(date.min, ((),) * 7),))

        assert due_at(make_template(due_counts="working_hours"), AT, never) is None
