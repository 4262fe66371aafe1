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
from crm_shared.events.known_calendar import WORKSPACE_ID, WorkspaceUpdated, keep_calendar
from crm_shared.testing.events import envelope_of, recorded
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}
HIDDEN = {"integration": {"deal": ["amount"], "invoice": ["total"]}}


async def decide(client: httpx.AsyncClient, session: AsyncSession, **policies: Any) -> None:
    """Bring the workspace's event, as contacts would have said it."""
    calendar: dict[str, Any] = {"schedules": [], "special_days": []}
    event = WorkspaceUpdated.model_validate({"workspace": {**calendar, **policies}})
    await keep_calendar(session, [envelope_of(event, subject=WORKSPACE_ID)])
    await session.commit()
    await client._transport.app.state.directory.refresh()  # type: ignore[attr-defined]


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
            assert "777" not in one.text
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
