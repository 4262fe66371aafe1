"""S6: rules that change deals ask for custom fields, and fill them; tags are put on by rules."""

from typing import Any
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.consumers import SUBSCRIPTIONS
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import stage_called
from crm_shared.testing.events import announced

[hearing] = [one for one in SUBSCRIPTIONS if one.durable == "deals-rules-deals"]
MOVED = "crm.deals.deal.stage_changed.v1"
EVERY = {"If-Match": "*"}
Define = Any
TALL = {"field": "deal.custom_fields.floors", "op": "gte", "value": 5}


async def moved_deal(client: httpx.AsyncClient, pipeline: Pipeline, **fields: Any) -> UUID:
    made = await client.post("/v1/deals", json={"title": "House", "custom_fields": fields})
    assert made.status_code == 201, made.text
    deal_id = made.json()["id"]
    stage = {"stage_id": str(stage_called(pipeline, "Qualified").id)}
    assert (
        await client.put(f"/v1/deals/{deal_id}/stage", json=stage, headers=EVERY)
    ).status_code == 200
    return UUID(deal_id)


async def hear_the_last(session: AsyncSession) -> None:
    envelope = (await announced(session))[-1]
    session.info.clear()
    session.expunge_all()
    await hearing.handle(session, [envelope])
    await session.commit()


class TestS6Rules:
    async def test_a_condition_over_a_custom_field_decides_and_actions_fill_and_tag(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline, define: Define
    ) -> None:
        await define("floors", "integer")
        await define("delivery", "choice")
        actions = [
            {"do": "add_tags", "tags": ["tall"]},
            {"do": "fill", "field": "custom_fields", "value": {"delivery": "courier"}},
        ]
        body = {"name": "Tall", "event_type": MOVED, "conditions": TALL, "actions": actions}
        made = await client.post("/v1/deal-rules", json=body)
        assert made.status_code == 201, made.text

        low = await moved_deal(client, pipeline, floors=2)
        await hear_the_last(session)
        tall = await moved_deal(client, pipeline, floors=9)
        await hear_the_last(session)

        shown = [(await client.get(f"/v1/deals/{one}")).json() for one in (low, tall)]
        assert [one["tags"] for one in shown] == [[], ["tall"]]
        assert shown[1]["custom_fields"] == {"floors": 9, "delivery": "courier"}
        assert [one["revision"] for one in shown] == [2, 3]

    async def test_a_personal_field_cannot_be_asked_of_events(
        self, client: httpx.AsyncClient, define: Define
    ) -> None:
        await define("gate_code")
        asks = {"field": "deal.custom_fields.gate_code", "op": "eq", "value": "1"}
        body = {
            "name": "Peeping",
            "event_type": MOVED,
            "conditions": asks,
            "actions": [{"do": "add_tags", "tags": ["x"]}],
        }

        answer = await client.post("/v1/deal-rules", json=body)

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["code"] == "unknown-field"

    async def test_a_rule_whose_field_was_archived_rests(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline, define: Define
    ) -> None:
        field = await define("floors", "integer")
        body = {
            "name": "Tall",
            "event_type": MOVED,
            "conditions": TALL,
            "actions": [{"do": "add_tags", "tags": ["tall"]}],
        }
        await client.post("/v1/deal-rules", json=body)
        await client.delete(f"/v1/deals/custom-fields/{field['id']}", headers=EVERY)

        deal_id = await moved_deal(client, pipeline)
        await hear_the_last(session)

        assert (await client.get(f"/v1/deals/{deal_id}")).json()["tags"] == []
