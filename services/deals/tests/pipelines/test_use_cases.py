"""Pipelines and stages: one aggregate, one revision, one event."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import use_cases as deals
from crm_deals.deals.use_cases import MoveOrder
from crm_deals.events import PipelineCreated, PipelineDeleted, PipelineUpdated
from crm_deals.pipelines import queries, use_cases
from crm_deals.pipelines.errors import (
    DefaultPipelineError,
    NoOpenStageError,
    PipelineInUseError,
    PipelineNotFoundError,
    StageInUseError,
    StageOutcomeFixedError,
)
from crm_deals.pipelines.models import Pipeline, Stage
from crm_deals.testing import make_pipeline, make_stage, stage_called
from crm_shared.actor import Access
from crm_shared.errors import InvalidError
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.testing.events import recorded

STAGES: list[dict[str, Any]] = [
    {"label": "Call", "probability": 20},
    {"label": "Visit", "probability": 60, "rotting_days": 14},
    {"label": "Won", "probability": 100, "outcome": "won"},
]


class TestCreatePipeline:
    async def test_announces_it_with_its_stages(self, session: AsyncSession) -> None:
        pipeline = await use_cases.create_pipeline(session, {"label": "Visits"}, STAGES)

        [envelope] = await recorded(session, PipelineCreated)
        facts = envelope.data.pipeline
        assert [stage.label for stage in facts.stages] == ["Call", "Visit", "Won"]
        assert [stage.position for stage in facts.stages] == [1, 2, 3]
        assert facts.is_default
        assert pipeline.revision == 1

    async def test_makes_the_former_default_step_down(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        values = {"label": "Visits", "is_default": True}

        await use_cases.create_pipeline(session, values, STAGES)

        [envelope] = await recorded(session, PipelineUpdated)
        assert envelope.subject == pipeline.id
        assert (envelope.data.changed, envelope.data.previous) == (
            ["is_default"],
            {"is_default": True},
        )

    async def test_needs_a_stage_to_begin_in(self, session: AsyncSession) -> None:
        with pytest.raises(NoOpenStageError):
            await use_cases.create_pipeline(session, {"label": "Visits"}, STAGES[2:])

    async def test_names_every_demand_that_makes_no_sense(self, session: AsyncSession) -> None:
        bad = {"required_fields": ["shoe_size"], "requirements": {"field": "amount"}}

        with pytest.raises(InvalidError) as refused:
            await use_cases.create_pipeline(session, {"label": "X"}, [{**STAGES[0], **bad}])

        assert [error.pointer for error in refused.value.errors] == [
            "/stages/0/required_fields/0",
            "/stages/0/requirements",
        ]


class TestUpdatePipeline:
    async def test_announces_the_old_label(self, session: AsyncSession, pipeline: Pipeline) -> None:
        await use_cases.update_pipeline(session, pipeline, {"label": "B2B"}, expected=1)

        [envelope] = await recorded(session, PipelineUpdated)
        assert envelope.data.previous == {"label": "Sales"}
        assert envelope.revision == 2

    async def test_says_nothing_when_nothing_changes(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        assert not await use_cases.update_pipeline(
            session, pipeline, {"label": "Sales"}, expected=1
        )
        assert await recorded(session, PipelineUpdated) == []

    async def test_keeps_one_default(self, session: AsyncSession, pipeline: Pipeline) -> None:
        second = await use_cases.create_pipeline(session, {"label": "Visits"}, STAGES)
        await use_cases.update_pipeline(session, second, {"is_default": True}, expected=1)

        assert await queries.find_default_pipeline(session) is second
        assert not pipeline.is_default
        with pytest.raises(DefaultPipelineError):
            await use_cases.update_pipeline(session, second, {"is_default": False}, expected=2)

    async def test_refuses_a_stale_revision(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        with pytest.raises(ChangedMeanwhileError):
            await use_cases.update_pipeline(session, pipeline, {"label": "x"}, expected=9)


class TestStages:
    async def test_are_added_where_they_belong(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        _, stage = await use_cases.add_stage(
            session, pipeline.id, {"label": "Demo", "probability": 40}, position=3
        )

        labels = [one.label for one in pipeline.in_order()]
        assert labels == ["New", "Qualified", "Demo", "Proposal", "Won", "Lost"]
        assert stage.position == 3
        [envelope] = await recorded(session, PipelineUpdated)
        assert envelope.data.changed == ["stages"]
        assert len(envelope.data.previous["stages"]) == 5

    async def test_move_within_their_pipeline(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        proposal = stage_called(pipeline, "Proposal")

        await use_cases.update_stage(session, proposal.id, {"position": 1}, expected=1)

        assert [one.label for one in pipeline.in_order()][:3] == ["Proposal", "New", "Qualified"]

    async def test_raise_the_pipelines_revision_when_they_ask_for_more(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        demand = {"requirements": {"field": "amount", "op": "gt", "value": "1"}}

        await use_cases.update_stage(session, pipeline.stages[1].id, demand, expected=1)

        [envelope] = await recorded(session, PipelineUpdated)
        assert envelope.revision == pipeline.revision == 2
        assert envelope.data.changed == ["stages"]

    async def test_keep_their_outcome_once_entered(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        await deals.create_deal(session, access, {"title": "Chairs"}, currency="UAH")

        with pytest.raises(StageOutcomeFixedError):
            await use_cases.update_stage(
                session, pipeline.stages[0].id, {"outcome": "lost"}, expected=1
            )
        await use_cases.update_stage(
            session, pipeline.stages[1].id, {"outcome": "lost"}, expected=1
        )

    async def test_are_deleted_while_nobody_was_there(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        deal = await deals.create_deal(session, access, {"title": "Chairs"}, currency="UAH")
        new, qualified, proposal = pipeline.stages[:3]
        await session.commit()
        await deals.move_deal(session, access, deal.id, MoveOrder(qualified.id), expected=1)

        for entered in (new, qualified):
            with pytest.raises(StageInUseError):
                await use_cases.delete_stage(session, entered.id, expected=None)
        await use_cases.delete_stage(session, proposal.id, expected=None)

        left = await session.scalar(select(func.count()).select_from(Stage))
        assert left == 4
        assert [one.position for one in pipeline.in_order()] == [1, 2, 3, 4]

    async def test_are_archived_instead(self, session: AsyncSession, pipeline: Pipeline) -> None:
        _, stage = await use_cases.update_stage(
            session, pipeline.stages[0].id, {"is_archived": True}, expected=1
        )
        assert stage.archived_at is not None

        _, stage = await use_cases.update_stage(
            session, stage.id, {"is_archived": False}, expected=2
        )
        assert stage.archived_at is None

    async def test_leave_one_to_begin_in(self, session: AsyncSession) -> None:
        pipeline = make_pipeline(make_stage("Call"), make_stage("Won", outcome="won"))
        session.add(pipeline)
        await session.flush()

        with pytest.raises(NoOpenStageError):
            await use_cases.update_stage(
                session, pipeline.stages[0].id, {"is_archived": True}, expected=1
            )


class TestDeletePipeline:
    async def test_announces_it(self, session: AsyncSession, pipeline: Pipeline) -> None:
        second = await use_cases.create_pipeline(session, {"label": "Visits"}, STAGES)

        await use_cases.delete_pipeline(session, second.id, expected=1)

        [envelope] = await recorded(session, PipelineDeleted)
        assert envelope.subject == second.id
        with pytest.raises(PipelineNotFoundError):
            await queries.get_pipeline(session, second.id)
        with pytest.raises(DefaultPipelineError):
            await use_cases.delete_pipeline(session, pipeline.id, expected=1)

    async def test_refuses_one_that_holds_deals(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        second = await use_cases.create_pipeline(session, {"label": "Visits"}, STAGES)
        values = {"title": "Chairs", "pipeline_id": second.id}
        await deals.create_deal(session, access, values, currency="UAH")

        with pytest.raises(PipelineInUseError):
            await use_cases.delete_pipeline(session, second.id, expected=1)
        assert pipeline.is_default


class TestPutPipeline:
    async def test_knows_stages_by_their_label(self, session: AsyncSession) -> None:
        named = ("maven", "sales")
        pipeline, first = await use_cases.put_pipeline(session, named, {"label": "M"}, STAGES)
        richer = [{**STAGES[0], "probability": 30}, {"label": "Offer", "probability": 80}]

        _, second = await use_cases.put_pipeline(session, named, {"label": "M"}, richer)
        _, third = await use_cases.put_pipeline(session, named, {"label": "M"}, richer)

        assert (first, second, third) == ("created", "updated", "unchanged")
        assert [(one.label, one.probability) for one in pipeline.in_order()] == [
            ("Call", 30),
            ("Visit", 60),
            ("Won", 100),
            ("Offer", 80),
        ]
