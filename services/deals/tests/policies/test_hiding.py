"""S3 in deals: fields hidden from a role leave lists, board, card and exports, and are announced
when they are sensitive."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals.models import Deal
from crm_deals.events import WatchedFieldsRead
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal, stage_called
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs
from crm_shared.testing.policies import decide

ANY = {"If-Match": "*"}
HIDDEN = {"integration": {"deal": ["amount"], "invoice": ["total"]}}


@pytest.fixture
def viewer(client_as: ClientAs) -> httpx.AsyncClient:
    return client_as("integration")


async def stored(session: AsyncSession, pipeline: Pipeline) -> Deal:
    deal = make_deal(stage_called(pipeline, "New"), amount=Decimal(777))
    session.add(deal)
    await session.commit()
    return deal


class TestS3HiddenFields:
    async def test_leave_list_search_card_board_and_export(
        self,
        client: httpx.AsyncClient,
        viewer: httpx.AsyncClient,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        deal = await stored(session, pipeline)
        await decide(client, session, hidden_fields=HIDDEN)

        reads = [
            await viewer.get(f"/v1/deals/{deal.id}"),
            await viewer.get("/v1/deals"),
            await viewer.post("/v1/deals/search", json={}),
            await viewer.get(f"/v1/deals/{deal.id}/card"),
            await viewer.get("/v1/deals/board", params={"pipeline_id": str(pipeline.id)}),
            await viewer.get("/v1/deals/schema"),
        ]

        assert [one.status_code for one in reads] == [200] * len(reads)
        for one in reads[:5]:
            assert "777.0" not in one.text
            assert str(deal.id) in one.text
        assert not {"amount", "expected_amount", "line_items"} & reads[0].json().keys()
        assert "amount" not in reads[5].json()["properties"]
        assert (await client.get(f"/v1/deals/{deal.id}")).json()["amount"] == "777.00"
        head = (await viewer.get("/v1/deals/export")).content.decode("utf-8-sig").splitlines()[0]
        assert "amount" not in head.split(",")
        assert "title" in head.split(",")

    async def test_can_be_neither_asked_for_nor_written(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        deal = await stored(session, pipeline)
        seller = client_as("seller", user_id=deal.owner_id, team_ids=())
        await decide(client, session, hidden_fields={"seller": HIDDEN["integration"]})
        board = {"pipeline_id": str(pipeline.id), "amount[gte]": "5"}
        tree = {"or": [{"field": "expected_amount", "op": "gt", "value": "1"}]}
        answers = {
            "/query/amount": [
                await seller.get("/v1/deals", params={"amount[gte]": "5"}),
                await seller.get("/v1/deals/board", params=board),
            ],
            "/query/sort": [await seller.get("/v1/deals", params={"sort": "-amount"})],
            "/filter/expected_amount": [
                await seller.post("/v1/deals/search", json={"filter": tree})
            ],
            "/amount": [
                await seller.patch(f"/v1/deals/{deal.id}", json={"amount": "1"}, headers=ANY)
            ],
        }
        for pointer, some in answers.items():
            for answer in some:
                assert (answer.status_code, answer.json()["code"]) == (403, "field-hidden")
                assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]

    async def test_a_sensitive_field_is_told_when_it_was_read(
        self,
        client: httpx.AsyncClient,
        viewer: httpx.AsyncClient,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        deal = await stored(session, pipeline)
        await decide(client, session, sensitive_fields={"deal": ["amount"]})

        await viewer.get(f"/v1/deals/{deal.id}")
        await viewer.get("/v1/pipelines")

        [told] = [one.data.reading for one in await recorded(session, WatchedFieldsRead)]
        assert (told.noun, told.fields, told.ids) == ("deal", ["amount"], [str(deal.id)])

    async def test_stay_out_of_price_lists_moves_trials_and_rules(
        self,
        client: httpx.AsyncClient,
        viewer: httpx.AsyncClient,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        deal = await stored(session, pipeline)
        [stage] = [one for one in pipeline.stages if one.label == "Qualified"]
        await client.put(
            f"/v1/deals/{deal.id}/stage", json={"stage_id": str(stage.id)}, headers=ANY
        )
        product = (await client.post("/v1/products", json={"label": "Tea", "price": "50"})).json()
        prices = [{"product_id": product["id"], "price": "888"}]
        await client.post(
            "/v1/price-lists", json={"label": "List", "currency": "UAH", "prices": prices}
        )
        hidden = {"deal": ["amount", "stage_id"], "product": ["price", "sku"]}
        await decide(client, session, hidden_fields={"integration": hidden})
        rule: dict[str, Any] = {
            "name": "Half",
            "event_type": "crm.deals.deal.updated.v1",
            "conditions": {},
            "actions": [{"do": "fill", "field": "source", "value": "fair"}],
        }
        dear = {"field": "deal.amount", "op": "gt", "value": "1"}
        trial = {"deal_id": str(deal.id), "rule": rule}

        line = {"product_id": {"column": "Sku", "by": "sku"}, "unit_price": "Price"}
        mapping = {"external_id": "Id", "fields": {"title": "Name", "line_items": [line]}}
        file = {"noun": "deal", "mapping": mapping}

        lists = await viewer.get("/v1/price-lists")
        moves = await viewer.get(f"/v1/deals/{deal.id}/history")
        tried = await viewer.post("/v1/deal-rules/preview", json=trial)
        refused = [
            await viewer.post("/v1/deal-rules", json={**rule, "conditions": dear}),
            await viewer.post(
                "/v1/deal-rules/preview", json={**trial, "rule": {**rule, "conditions": dear}}
            ),
        ]

        assert lists.json()["items"][0]["prices"] == [{"product_id": product["id"]}]
        assert not {"from_stage_id", "to_stage_id"} & moves.json()["items"][0].keys()
        assert [one["field"] for one in tried.json()["changes"]] == ["source"], tried.text
        for answer in refused:
            assert (answer.status_code, answer.json()["code"]) == (403, "field-hidden")
        brought = await viewer.post("/v1/deal-imports", json=file)
        assert [one["pointer"] for one in brought.json()["errors"]] == [
            "/mapping/fields/line_items"
        ]
        await decide(client, session, hidden_fields={"integration": {"product": ["sku"]}})
        brought = await viewer.post("/v1/deal-imports", json=file)
        assert brought.json()["code"] == "field-hidden"
        assert [one["pointer"] for one in brought.json()["errors"]] == [
            "/mapping/fields/line_items/0/product_id/by"
        ]
