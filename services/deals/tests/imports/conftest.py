"""A shop's export, and what it refers to."""

import httpx
import pytest
import pytest_asyncio
from shop_export import MAPPING, MakeTrial, arrive
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.imports.catalogue import ROOM
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_product
from crm_shared.db.engine import Sessions
from crm_shared.settings import ServiceSettings
from crm_shared.testing.imports import ImportTrial


@pytest_asyncio.fixture
async def shop(session: AsyncSession, pipeline: Pipeline) -> None:
    """The default pipeline, a product, a seller and a company."""
    session.add(make_product("GTX Pro"))
    await session.commit()
    await arrive(session, "user", "Anna")
    await arrive(session, "company", "Кав'ярня")


@pytest.fixture
def trial_of(sessions: Sessions, settings: ServiceSettings) -> MakeTrial:
    def make(client: httpx.AsyncClient) -> ImportTrial:
        return ImportTrial(client, sessions, settings, ROOM, "/v1/deal-imports", "deal", MAPPING)

    return make


@pytest.fixture
def trial(trial_of: MakeTrial, client: httpx.AsyncClient, shop: None) -> ImportTrial:
    """Deals of the shop, imported by an admin."""
    return trial_of(client)
