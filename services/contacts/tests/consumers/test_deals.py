"""T1: tasks that rules ask for when a deal moves: once per entry, with relative deadlines."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.consumers import SUBSCRIPTIONS
from crm_contacts.consumers.deals import DealStageChanged
from crm_contacts.events import TaskCancelled, TaskCreated
from crm_contacts.settings import Settings
from crm_contacts.task_rules.fields import READABLE, Deal, Stage
from crm_contacts.tasks.models import Task, TaskStatus
from crm_contacts.testing import entering, make_rule, make_team, make_template, make_user
from crm_shared.db.engine import SETTINGS
from crm_shared.db.infrastructure import RULE_RUNS
from crm_shared.events.envelope import Envelope
from crm_shared.filters import fields_of
from crm_shared.ids import new_id
from crm_shared.testing.events import envelope_of, recorded

[rules_of_moves] = [one for one in SUBSCRIPTIONS if one.durable == "contacts-task-rules"]

NEW, PROPOSAL, WON = new_id(), new_id(), new_id()


def move(
    to_stage: UUID = PROPOSAL,
    *,
    from_stage: UUID = NEW,
    owner_id: UUID | None = None,
    team_id: UUID | None = None,
    **extensions: Any,
) -> Envelope[Any]:
    deal = Deal(
        owner_id=owner_id,
        team_id=team_id,
        contact_id=None,
        company_id=None,
        pipeline_id=UUID(int=1),
        stage_id=to_stage,
        outcome="open",
    )
    event = DealStageChanged(
        deal=deal,
        from_stage=Stage(id=from_stage, outcome="open"),
        to_stage=Stage(id=to_stage, outcome="open"),
    )
    return envelope_of(event, **{"revision": 2, **extensions})


async def tasks_in(session: AsyncSession) -> list[Task]:
    session.expunge_all()
    return list(await session.scalars(select(Task).order_by(Task.id)))


class TestAskForTasks:
    async def test_gives_the_owner_a_task_with_a_deadline(self, session: AsyncSession) -> None:
        seller = make_user(language="uk")
        session.add_all([seller, rule := make_rule(conditions=entering(PROPOSAL))])
        await session.flush()
        moved = move(owner_id=seller.id)

        await rules_of_moves.handle(session, [moved])

        [task] = await tasks_in(session)
        assert (task.deal_id, task.assignee_id) == (moved.subject, seller.id)
        assert (task.title, task.kind, task.status) == ("Зателефонувати клієнту", "call", "open")
        assert task.due_at == moved.time + timedelta(days=2)
        assert (task.rule_id, task.rule_version, task.source_revision) == (rule.id, 1, 2)

    async def test_announces_the_task_with_its_cause_and_without_its_title(
        self, session: AsyncSession
    ) -> None:
        session.add(make_rule())
        await session.flush()
        moved = move(owner_id=new_id())

        await rules_of_moves.handle(session, [moved])

        [task] = await tasks_in(session)
        [envelope] = await recorded(session, TaskCreated)
        assert (envelope.subject, envelope.revision) == (task.id, 1)
        assert envelope.causationid == moved.id
        assert envelope.correlationid == moved.correlationid
        assert envelope.data.task.source_event_id == moved.id
        assert "Call the client" not in envelope.model_dump_json()

    async def test_t3_counts_working_time_by_the_companys_calendar(
        self, session: AsyncSession, settings: Settings
    ) -> None:
        session.info[SETTINGS] = settings
        due = {"due_in_s": timedelta(hours=8).total_seconds(), "due_counts": "working_hours"}
        session.add(make_rule(make_template(**due)))
        await session.flush()
        # Friday, five in the afternoon in Kyiv
        friday = datetime(2026, 3, 13, 15, 0, tzinfo=UTC)

        await rules_of_moves.handle(session, [move(owner_id=new_id(), at=friday)])

        [task] = await tasks_in(session)
        assert task.due_at == friday + timedelta(days=2, hours=23)

    async def test_makes_one_task_of_a_redelivered_move(self, session: AsyncSession) -> None:
        session.add(make_rule())
        await session.flush()
        moved = move(owner_id=new_id())

        await rules_of_moves.handle(session, [moved])
        await rules_of_moves.handle(session, [moved])

        assert len(await tasks_in(session)) == 1
        assert len(await recorded(session, TaskCreated)) == 1

    async def test_makes_a_task_of_each_template(self, session: AsyncSession) -> None:
        session.add(make_rule(make_template(kind="call"), make_template(kind="meeting")))
        await session.flush()

        await rules_of_moves.handle(session, [move(owner_id=new_id())])

        assert sorted(task.kind for task in await tasks_in(session)) == ["call", "meeting"]

    async def test_handles_a_whole_batch(self, session: AsyncSession) -> None:
        session.add(make_rule())
        await session.flush()

        await rules_of_moves.handle(session, [move(owner_id=new_id()) for _ in range(50)])

        assert len(await tasks_in(session)) == 50
        assert len(await recorded(session, TaskCreated)) == 50

    async def test_leaves_moves_to_other_stages_alone(self, session: AsyncSession) -> None:
        session.add(make_rule(conditions=entering(WON)))
        await session.flush()

        assert await rules_of_moves.decide(session, [move(PROPOSAL)]) == []  # type: ignore[misc]

    async def test_ignores_a_rule_that_is_off(self, session: AsyncSession) -> None:
        session.add(make_rule(is_active=False))
        await session.flush()

        await rules_of_moves.handle(session, [move(owner_id=new_id())])

        assert await tasks_in(session) == []

    async def test_skips_mass_changes(self, session: AsyncSession) -> None:
        session.add(make_rule())
        await session.flush()

        await rules_of_moves.handle(session, [move(owner_id=new_id(), bulk=True)])

        assert await tasks_in(session) == []

    async def test_acts_on_mass_changes_when_the_rule_says_so(self, session: AsyncSession) -> None:
        session.add(make_rule(on_bulk=True))
        await session.flush()

        await rules_of_moves.handle(session, [move(owner_id=new_id(), bulk=True)])

        assert len(await tasks_in(session)) == 1

    async def test_gives_the_head_of_the_team_what_the_rule_wants_him_to_do(
        self, session: AsyncSession
    ) -> None:
        head = make_user("Ірина Мельник", role="head")
        session.add_all([head, make_rule(make_template(assignee="team_head"))])
        await session.flush()
        session.add(team := make_team(head_id=head.id))
        await session.flush()

        await rules_of_moves.handle(session, [move(owner_id=new_id(), team_id=team.id)])

        [task] = await tasks_in(session)
        assert (task.assignee_id, task.team_id) == (head.id, team.id)

    async def test_gives_the_work_of_somebody_who_left_to_the_head(
        self, session: AsyncSession
    ) -> None:
        head, gone = make_user(role="head"), make_user(is_active=False)
        session.add_all([head, gone, make_rule()])
        await session.flush()
        session.add(team := make_team(head_id=head.id))
        await session.flush()

        await rules_of_moves.handle(session, [move(owner_id=gone.id, team_id=team.id)])

        [task] = await tasks_in(session)
        assert task.assignee_id == head.id

    async def test_gives_it_to_the_named_user(self, session: AsyncSession) -> None:
        lawyer = make_user("Юрист")
        session.add_all([lawyer, make_rule(make_template(assignee=str(lawyer.id)))])
        await session.flush()

        await rules_of_moves.handle(session, [move(owner_id=new_id())])

        [task] = await tasks_in(session)
        assert task.assignee_id == lawyer.id

    async def test_logs_what_the_rule_did(self, session: AsyncSession) -> None:
        session.add(rule := make_rule())
        await session.flush()
        moved = move(owner_id=new_id())

        await rules_of_moves.handle(session, [moved])

        [run] = await session.execute(select(RULE_RUNS))
        assert (run.rule_id, run.event_id, run.outcome) == (rule.id, moved.id, "done")


class TestLeftStages:
    async def test_calls_off_what_was_open_in_the_stage(self, session: AsyncSession) -> None:
        session.add(make_rule(conditions=entering(PROPOSAL), close_open_tasks_of_left_stage=True))
        await session.flush()
        entered = move(PROPOSAL, owner_id=new_id())
        left = move(WON, from_stage=PROPOSAL, subject=entered.subject, revision=3)

        await rules_of_moves.handle(session, [entered])
        await rules_of_moves.handle(session, [left])

        [task] = await tasks_in(session)
        [envelope] = await recorded(session, TaskCancelled)
        assert (task.status, task.revision) == (TaskStatus.CANCELLED, 2)
        assert (envelope.subject, envelope.revision) == (task.id, 2)
        assert envelope.causationid == left.id
        assert envelope.data.previous == {"status": "open"}

    async def test_leaves_finished_tasks_as_they_are(self, session: AsyncSession) -> None:
        session.add(make_rule(close_open_tasks_of_left_stage=True))
        await session.flush()
        entered = move(PROPOSAL, owner_id=new_id())
        await rules_of_moves.handle(session, [entered])
        [task] = await tasks_in(session)
        task.status = TaskStatus.DONE
        await session.flush()

        left = move(WON, subject=entered.subject, revision=3, bulk=True)
        await rules_of_moves.handle(session, [left])

        [task] = await tasks_in(session)
        assert task.status == TaskStatus.DONE

    @pytest.mark.parametrize("together", [True, False])
    async def test_makes_no_task_for_a_stage_that_was_left_before_the_news_came(
        self, session: AsyncSession, *, together: bool
    ) -> None:
        session.add(make_rule(conditions=entering(PROPOSAL), close_open_tasks_of_left_stage=True))
        await session.flush()
        entered = move(PROPOSAL, owner_id=new_id())
        left = move(WON, from_stage=PROPOSAL, subject=entered.subject, revision=3)

        if together:
            await rules_of_moves.handle(session, [left, entered])
        else:
            await rules_of_moves.handle(session, [left])
            await rules_of_moves.handle(session, [entered])

        assert await tasks_in(session) == []
        [run] = await session.execute(select(RULE_RUNS))
        assert (run.outcome, run.reason) == ("skipped", "the deal has left the stage already")

    async def test_keeps_tasks_of_rules_that_do_not_tidy_up(self, session: AsyncSession) -> None:
        session.add(make_rule(conditions=entering(PROPOSAL)))
        await session.flush()
        entered = move(PROPOSAL, owner_id=new_id())
        left = move(WON, from_stage=PROPOSAL, subject=entered.subject, revision=3)

        await rules_of_moves.handle(session, [left])
        await rules_of_moves.handle(session, [entered])

        [task] = await tasks_in(session)
        assert task.status == TaskStatus.OPEN


def test_rules_may_ask_exactly_what_the_consumer_reads() -> None:
    for subscription in SUBSCRIPTIONS:
        if subscription.subject in READABLE:
            read = fields_of(subscription.reads)
            assert set(READABLE[subscription.subject]) == set(read)
