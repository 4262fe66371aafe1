"""The first pipeline of a fresh installation."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.events import PipelineCreated
from crm_deals.pipelines import queries, use_cases
from crm_deals.pipelines.jobs import set_up_first_pipeline
from crm_shared.db.engine import Sessions
from crm_shared.testing.events import recorded
from crm_shared.worker import JobContext


def context_of(sessions: Sessions) -> JobContext:
    return JobContext(sessions, bus=None, settings=None)  # type: ignore[arg-type]  # unused here


class TestSetUpFirstPipeline:
    async def test_is_done_once_by_workers_that_start_together(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        context = context_of(sessions)

        done = await asyncio.gather(*(set_up_first_pipeline(context) for _ in range(4)))

        assert sorted(done) == [0, 0, 0, 1]
        [envelope] = await recorded(session, PipelineCreated)
        labels = [stage.label for stage in envelope.data.pipeline.stages]
        assert labels == ["New", "Qualified", "Proposal", "Negotiation", "Won", "Lost"]

    async def test_leaves_a_company_alone_that_made_its_own(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        stages = [{"label": "Call", "probability": 20}]
        await use_cases.create_pipeline(session, {"label": "Calls"}, stages)
        await session.commit()

        assert await set_up_first_pipeline(context_of(sessions)) == 0
        default = await queries.find_default_pipeline(session)
        assert default is not None
        assert default.label == "Calls"
