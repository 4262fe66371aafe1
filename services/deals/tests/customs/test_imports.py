"""S6: custom fields of deals come in from files, and validations ask for them."""

import httpx
import pytest
from shop_export import FILE, arrive, with_field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals.models import Deal
from crm_deals.events import DealCreated
from crm_deals.imports.catalogue import ROOM
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_product
from crm_shared.db.engine import Sessions
from crm_shared.settings import ServiceSettings
from crm_shared.testing.events import recorded
from crm_shared.testing.imports import ImportTrial, counts

EVERY = {"If-Match": "*"}
FLOORS = {"key": "floors", "type": "integer", "labels": {"en": "Floors"}}


@pytest.fixture
def trial(client: httpx.AsyncClient, sessions: Sessions, settings: ServiceSettings) -> ImportTrial:
    mapping = with_field("custom.floors", {"constant": "7"})
    return ImportTrial(client, sessions, settings, ROOM, "/v1/deal-imports", "deal", mapping)


class TestS6Importing:
    async def test_a_constant_reaches_every_deal_and_its_event(
        self,
        trial: ImportTrial,
        client: httpx.AsyncClient,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        session.add(make_product("GTX Pro"))
        await session.commit()
        await arrive(session, "user", "Anna")
        await arrive(session, "company", "Кав'ярня")
        await client.post("/v1/deals/custom-fields", json=FLOORS)

        seen = await trial.bring_in(FILE)

        done = counts(seen)
        deals = (await session.scalars(select(Deal))).all()
        assert done.get("created", 0) == len(deals) > 0
        assert all(deal.custom_fields == {"floors": 7} for deal in deals)
        told = await recorded(session, DealCreated)
        assert all(one.data.deal.custom_fields == {"floors": 7} for one in told)


class TestS6Rules:
    async def test_a_validation_asks_for_a_custom_field(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        await client.post("/v1/deals/custom-fields", json=FLOORS)
        rule = {
            "name": "tall",
            "messages": {"en": "Only tall houses"},
            "on": ["create"],
            "demands": [
                {
                    "check": "holds",
                    "conditions": {"field": "custom.floors", "op": "gte", "value": 5},
                }
            ],
        }
        made = await client.post("/v1/deal-rules/validations", json=rule)
        assert made.status_code == 201, made.text

        low = await client.post("/v1/deals", json={"title": "a", "custom_fields": {"floors": 1}})
        tall = await client.post("/v1/deals", json={"title": "b", "custom_fields": {"floors": 9}})

        assert (low.status_code, tall.status_code) == (422, 201)
