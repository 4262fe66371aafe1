"""What the tests of reporting share."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.consumers.streams import keep
from crm_reporting.rates.use_cases import RateOf, set_rates
from crm_reporting.settings import Settings
from crm_reporting.testing import Story, Tell, events_of
from crm_shared.db.engine import Sessions, make_engine, make_sessions
from crm_shared.db.infrastructure import ALIASES
from crm_shared.events.envelope import Envelope
from crm_shared.settings import ServiceSettings
from crm_shared.worker import JobContext


@pytest.fixture(scope="session")
def package() -> str:
    return "crm_reporting"


@pytest_asyncio.fixture
async def worker_sessions(database: str, settings: ServiceSettings) -> AsyncIterator[Sessions]:
    """Sessions as the worker has them: they know the settings."""
    engine = make_engine(database, application="crm-tests-worker")
    yield make_sessions(engine, settings)
    await engine.dispose()


@pytest_asyncio.fixture
async def worker(worker_sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """One session of the worker."""
    async with worker_sessions() as session:
        yield session


@pytest.fixture
def tell(worker_sessions: Sessions) -> Tell:
    """Let reporting hear stories, as the street would bring them: in batches."""

    async def hear(*told: Story | Envelope[Any], batch: int = 500) -> None:
        events = list(events_of(told))
        for start in range(0, len(events), batch):
            async with worker_sessions.begin() as session:
                await keep(session, events[start : start + batch])

    return hear


@pytest.fixture
def crm_settings(settings: ServiceSettings) -> Settings:
    assert isinstance(settings, Settings)
    return settings


@pytest.fixture
def context(worker_sessions: Sessions, crm_settings: Settings) -> JobContext:
    """What a job of the worker is handed; none of ours needs the bus."""
    return JobContext(worker_sessions, None, crm_settings)  # type: ignore[arg-type]


@pytest.fixture
def rate(sessions: Sessions) -> Callable[[str, str, str, str], Awaitable[None]]:
    """Enter a rate."""

    async def enter(currency: str, quote: str, day: str, value: str) -> None:
        async with sessions.begin() as session:
            one = RateOf(currency, quote, date.fromisoformat(day), Decimal(value))
            await set_rates(session, [one])

    return enter


@pytest.fixture
def merged(sessions: Sessions) -> Callable[[str, UUID, UUID], Awaitable[None]]:
    """Let a record live on in another."""

    async def merge(kind: str, loser: UUID, survivor: UUID) -> None:
        async with sessions.begin() as session:
            row = {"kind": kind, "loser_id": loser, "survivor_id": survivor, "into_id": survivor}
            row["revision"] = 1
            await session.execute(insert(ALIASES), row)

    return merge
