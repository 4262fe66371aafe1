"""The whole system for tests that cross services, and the story they tell again and again."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from story import Story

from crm_shared.embedded.nats import NatsServer
from crm_shared.testing.servers import Databases
from crm_shared.testing.system import System

PACKAGES = ("crm_contacts", "crm_deals", "crm_notifications", "crm_reporting")
NewSystem = Callable[..., Awaitable[System]]


@pytest_asyncio.fixture
async def system(databases: Databases, nats_server: NatsServer) -> AsyncIterator[System]:
    """All four services, empty and at rest."""
    async with System(databases, nats_server, PACKAGES) as running:
        yield running


@pytest_asyncio.fixture
async def story(system: System) -> Story:
    """A company with a seller, a client, a pipeline and both kinds of rules, at rest."""
    story = Story(system)
    await story.prepare()
    return story


@pytest.fixture(scope="session")
def package() -> str:
    """No single service is under test here."""
    return "crm_deals"
