"""What a fresh installation begins with."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.events import PipelineCreated, ReasonCreated
from crm_deals.pipelines import catalogue, queries, use_cases
from crm_deals.pipelines.jobs import set_up_first_pipeline
from crm_deals.settings import Settings
from crm_shared.db.engine import Sessions
from crm_shared.testing.events import recorded
from crm_shared.worker import JobContext


def context_of(sessions: Sessions, settings: Settings) -> JobContext:
    return JobContext(sessions, bus=None, settings=settings)  # type: ignore[arg-type]  # unused


class TestSetUpFirstPipeline:
    async def test_is_done_once_by_workers_that_start_together(
        self, session: AsyncSession, sessions: Sessions, settings: Settings
    ) -> None:
        """D5: with reasons for both outcomes, each of a group and a department."""
        in_russian = settings.model_copy(update={"languages": "ru,en"})
        context = context_of(sessions, in_russian)

        done = await asyncio.gather(*(set_up_first_pipeline(context) for _ in range(4)))

        assert sorted(done) == [0, 0, 0, 1]
        [envelope] = await recorded(session, PipelineCreated)
        labels = [stage.label for stage in envelope.data.pipeline.stages]
        assert labels[:2] == ["Новая", "Квалифицирована"]
        told = [one.data.reason for one in await recorded(session, ReasonCreated)]
        assert len(told) == len(catalogue.REASONS)
        assert {one.outcome for one in told} == {"won", "lost"}
        assert {"Слишком дорого", "Обрали конкурента"} & {one.label for one in told} == {
            "Слишком дорого"
        }
        assert all(one.group and one.department for one in told)

    async def test_leaves_a_company_alone_that_made_its_own(
        self, session: AsyncSession, sessions: Sessions, settings: Settings
    ) -> None:
        stages = [{"label": "Call", "probability": 20}]
        await use_cases.create_pipeline(session, {"label": "Calls"}, stages)
        await session.commit()

        assert await set_up_first_pipeline(context_of(sessions, settings)) == 0
        default = await queries.find_default_pipeline(session)
        assert default is not None
        assert default.label == "Calls"
        assert await recorded(session, ReasonCreated) == []


@pytest.mark.parametrize("language", ["en", "uk", "ru", "pl"])
def test_every_language_has_its_own_words_once(language: str) -> None:
    reasons = catalogue.first_reasons(language)

    assert len({(one["outcome"], one["label"]) for one in reasons}) == len(reasons)
    assert len({one["label"] for one in catalogue.first_stages(language)}) == 6
    assert (catalogue.first_label(language) == "Sales") == (language in ("en", "pl"))
