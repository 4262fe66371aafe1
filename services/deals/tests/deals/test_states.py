"""D4: deals that rot or are overdue: found by lists, announced once per state."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import use_cases
from crm_deals.deals.jobs import announce_states
from crm_deals.deals.models import Deal
from crm_deals.deals.use_cases import DealImport, MoveOrder
from crm_deals.events import DealOverdue, DealRotting, DealWithoutStep
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal, make_pipeline, make_stage, stage_called
from crm_deals.work.models import KnownWork
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.clock import local_day, utc_now
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id
from crm_shared.settings import ServiceSettings
from crm_shared.testing.events import announced, recorded
from crm_shared.worker import JobContext

WEEK_AGO = utc_now() - timedelta(days=7)
YESTERDAY = (utc_now() - timedelta(days=2)).date()


@pytest.fixture
async def rotting_pipeline(session: AsyncSession) -> Pipeline:
    pipeline = make_pipeline(
        make_stage("New", rotting_days=5),
        make_stage("Offer", rotting_days=5),
        make_stage("Won", probability=100, outcome="won", rotting_days=5),
    )
    session.add(pipeline)
    await session.commit()
    return pipeline


async def stored(session: AsyncSession, deal: Deal) -> Deal:
    session.add(deal)
    await session.commit()
    session.expunge_all()
    return deal


def job_context(sessions: Sessions) -> JobContext:
    return JobContext(sessions, bus=None, settings=None)  # type: ignore[arg-type]  # unused here


class TestD4States:
    async def test_are_announced_once_by_two_replicas(
        self, session: AsyncSession, sessions: Sessions, rotting_pipeline: Pipeline
    ) -> None:
        stage = rotting_pipeline.stages[0]
        deal = await stored(session, make_deal(stage, at=WEEK_AGO, expected_close_date=YESTERDAY))

        for _ in range(2):
            await asyncio.gather(*(announce_states(job_context(sessions)) for _ in range(2)))

        [rotting] = await recorded(session, DealRotting)
        [overdue] = await recorded(session, DealOverdue)
        assert {rotting.revision, overdue.revision} == {2, 3}
        assert rotting.subject == overdue.subject == deal.id
        assert (rotting.data.changed, rotting.data.previous) == (
            ["rotting_at"],
            {"rotting_at": None},
        )
        assert rotting.data.deal.rotting_at is not None
        assert overdue.data.changed == ["overdue_at"]
        assert overdue.data.deal.overdue_at is not None

    async def test_are_announced_anew_after_a_move(
        self, session: AsyncSession, sessions: Sessions, access: Access, rotting_pipeline: Pipeline
    ) -> None:
        new, offer, _won = rotting_pipeline.stages
        deal = await stored(session, make_deal(new, at=WEEK_AGO))
        await announce_states(job_context(sessions))

        back = MoveOrder(offer.id, occurred_at=utc_now())
        moved = await use_cases.move_deal(session, access, deal.id, back, expected=3)
        await session.commit()

        assert moved.rotting_at is None
        moves = [one for one in await announced(session) if "stage_changed" in one.type]
        assert "rotting_at" in moves[0].data.changed
        assert await announce_states(job_context(sessions)) == 0

    async def test_are_not_announced_of_closed_void_or_deleted_deals(
        self, session: AsyncSession, sessions: Sessions, rotting_pipeline: Pipeline
    ) -> None:
        late: dict[str, Any] = {"at": WEEK_AGO, "expected_close_date": YESTERDAY}
        session.add_all(
            [
                make_deal(rotting_pipeline.stages[2], **late),
                make_deal(rotting_pipeline.stages[0], is_void=True, **late),
                make_deal(rotting_pipeline.stages[0], deleted_at=utc_now(), **late),
                make_deal(rotting_pipeline.stages[0]),
            ]
        )
        await session.commit()

        assert await announce_states(job_context(sessions)) == 0

    async def test_are_noted_silently_for_imported_deals(
        self, session: AsyncSession, sessions: Sessions, access: Access, rotting_pipeline: Pipeline
    ) -> None:
        values = {
            "title": "Old",
            "source_system": "old",
            "external_id": "1",
            "expected_close_date": YESTERDAY,
        }
        with context.as_bulk():
            await use_cases.import_deals(session, [DealImport(values, WEEK_AGO)], currency="UAH")
        await session.commit()

        assert await announce_states(job_context(sessions)) == 0
        [envelope] = await announced(session)
        assert envelope.data.deal["rotting_at"] is not None
        assert envelope.data.deal["overdue_at"] is not None

    async def test_another_day_makes_a_deal_punctual_again(
        self, session: AsyncSession, sessions: Sessions, access: Access, pipeline: Pipeline
    ) -> None:
        deal = await stored(
            session, make_deal(stage_called(pipeline, "New"), expected_close_date=YESTERDAY)
        )
        await announce_states(job_context(sessions))

        tomorrow = (utc_now() + timedelta(days=2)).date()
        values = {"expected_close_date": tomorrow}
        changed = await use_cases.update_deal(session, access, deal.id, values, expected=2)

        assert changed.overdue_at is None
        assert len(await recorded(session, DealOverdue)) == 1

    async def test_can_be_asked_for_in_lists(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        rotting_pipeline: Pipeline,
        settings: ServiceSettings,
    ) -> None:
        stage, today = rotting_pipeline.stages[0], local_day(utc_now(), settings.zone)
        rotten = await stored(session, make_deal(stage, at=WEEK_AGO, expected_close_date=today))
        late = await stored(
            session, make_deal(stage, expected_close_date=today - timedelta(days=1))
        )

        async def listed(**params: str) -> list[str]:
            answer = await client.get("/v1/deals", params=params)
            assert answer.status_code == 200, answer.text
            return [item["id"] for item in answer.json()["items"]]

        tree = {"not": {"field": "is_overdue", "op": "eq", "value": True}}
        searched = await client.post("/v1/deals/search", json={"filter": tree})

        assert await listed(is_rotting="true") == [str(rotten.id)]
        assert await listed(is_rotting="false") == [str(late.id)]
        assert await listed(is_overdue="true") == [str(late.id)]
        assert await listed(is_overdue="false") == [str(rotten.id)]
        assert [item["id"] for item in searched.json()["items"]] == [str(rotten.id)]


class TestT2NextStep:
    """T2, D7: deals without a next step are a list to work from."""

    async def test_is_an_open_task_or_a_planned_activity(
        self, client: httpx.AsyncClient, session: AsyncSession, rotting_pipeline: Pipeline
    ) -> None:
        stage = rotting_pipeline.stages[0]
        deals = {
            name: (await stored(session, make_deal(stage, title=name))).id
            for name in ("with a task", "with a meeting", "done with", "bare")
        }
        told = [("task", "with a task", "open"), ("activity", "with a meeting", "planned")]
        told += [("task", "done with", "done"), ("activity", "done with", "cancelled")]
        session.add_all(
            KnownWork(
                kind=kind, id=new_id(), revision=1, deal_id=deals[name], state=state, at=WEEK_AGO
            )
            for kind, name, state in told
        )
        await session.commit()

        bare = await client.get("/v1/deals", params={"has_next_step": "false"})
        cared_for = await client.get("/v1/deals", params={"has_next_step": "true"})

        assert {one["title"] for one in bare.json()["items"]} == {"done with", "bare"}
        assert {one["title"] for one in cared_for.json()["items"]} == {
            "with a task",
            "with a meeting",
        }

    async def test_that_is_missing_is_told_once_until_there_is_one_again(
        self, session: AsyncSession, sessions: Sessions, rotting_pipeline: Pipeline
    ) -> None:
        stage, before = rotting_pipeline.stages[0], utc_now() - timedelta(days=2)
        bare = await stored(session, make_deal(stage, at=before))
        imported: dict[str, Any] = {"source_system": "old", "external_id": "1"}
        for deal in (
            make_deal(stage),
            make_deal(stage, at=before, **imported),
            make_deal(stage, at=before, deleted_at=utc_now()),
            make_deal(rotting_pipeline.stages[2], at=before),
        ):
            await stored(session, deal)

        for _ in range(2):
            await asyncio.gather(*(announce_states(job_context(sessions)) for _ in range(2)))
        [told] = await recorded(session, DealWithoutStep)
        assert (told.subject, told.revision, told.data.changed) == (bare.id, 2, [])

        step = KnownWork(
            kind="task", id=new_id(), revision=1, deal_id=bare.id, state="open", at=WEEK_AGO
        )
        session.add(step)
        await session.commit()
        assert await announce_states(job_context(sessions)) == 0

        step.state = "done"
        await session.commit()
        assert await announce_states(job_context(sessions)) == 1
        assert len(await recorded(session, DealWithoutStep)) == 2
