"""F16: claims of customers and claims of ours: sum, cause, deal, what became of them."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals.models import Deal
from crm_deals.events import ClaimDeleted, ClaimRecorded, ClaimResolved, ClaimUpdated
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal, stage_called
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}
LATE = {"kind": "complaint", "cause": "late-delivery", "amount": "12000"}


@pytest.fixture
async def deal(session: AsyncSession, pipeline: Pipeline) -> Deal:
    deal = make_deal(stage_called(pipeline, "New"), owner_id=new_id(), company_id=new_id())
    session.add(deal)
    await session.commit()
    return deal


class TestF16Claims:
    async def test_are_recorded_with_sum_cause_and_deal(
        self, client: httpx.AsyncClient, session: AsyncSession, deal: Deal
    ) -> None:
        made = await client.post(
            "/v1/claims", json={**LATE, "deal_id": str(deal.id), "note": "zqcanary"}
        )

        body = made.json()
        assert made.status_code == 201, made.text
        assert (body["status"], body["amount"], body["currency"]) == ("open", "12000.00", "UAH")
        assert body["company_id"] == str(deal.company_id)
        [event] = await recorded(session, ClaimRecorded)
        assert (event.data.claim.cause, event.data.claim.deal_id) == ("late-delivery", deal.id)
        assert event.data.claim.owner_id == deal.owner_id
        assert "zqcanary" not in event.model_dump_json()

    async def test_are_accepted_settled_and_opened_again(
        self, client: httpx.AsyncClient, session: AsyncSession, deal: Deal
    ) -> None:
        made = await client.post("/v1/claims", json={**LATE, "deal_id": str(deal.id)})
        url = made.headers["location"]

        accepted = await client.patch(url, json={"status": "accepted"}, headers={"If-Match": '"1"'})
        silent = await client.patch(url, json={"status": "settled"}, headers=ANY)
        settled = await client.patch(
            url, json={"status": "settled", "resolution": "price-reduced"}, headers=ANY
        )
        again = await client.patch(url, json={"status": "open"}, headers=ANY)
        stale = await client.patch(url, json={"status": "open"}, headers={"If-Match": '"1"'})
        gone = await client.delete(url, headers=ANY)

        assert accepted.json()["status"] == "accepted"
        assert silent.json()["errors"][0]["pointer"] == "/resolution"
        assert settled.json()["settled_amount"] == "12000.00"
        assert settled.json()["resolved_on"] is not None
        assert again.json()["resolution"] is None
        assert (stale.status_code, gone.status_code) == (412, 204)
        [resolved] = await recorded(session, ClaimResolved)
        assert resolved.data.previous["status"] == "accepted"
        assert len(await recorded(session, ClaimUpdated)) == 2
        assert len(await recorded(session, ClaimDeleted)) == 1

    async def test_take_deal_customer_and_currency_from_an_invoice(
        self, client: httpx.AsyncClient, deal: Deal
    ) -> None:
        invoice = await client.post(
            "/v1/invoices",
            json={
                "deal_id": str(deal.id),
                "amount": "5",
                "currency": "EUR",
                "status": "issued",
            },
        )

        made = await client.post(
            "/v1/claims",
            json={
                "kind": "breach_by_customer",
                "cause": "unpaid",
                "invoice_id": invoice.json()["id"],
            },
        )

        body = made.json()
        assert (body["deal_id"], body["currency"], body["amount"]) == (str(deal.id), "EUR", None)

    async def test_can_be_said_twice_by_another_system(
        self, client: httpx.AsyncClient, session: AsyncSession, deal: Deal
    ) -> None:
        url, body = "/v1/claims/by-external/jira/9", {**LATE, "deal_id": str(deal.id)}

        results = [(await client.put(url, json=body)).headers["crm-result"] for _ in range(2)]

        assert results == ["created", "unchanged"]
        assert len(await announced(session)) == 1

    @pytest.mark.parametrize(
        ("bad", "pointer"),
        [
            (LATE, "/deal_id"),
            ({**LATE, "contact_id": str(new_id()), "kind": "zqcanary"}, "/kind"),
            ({**LATE, "contact_id": str(new_id()), "amount": "1.001"}, "/amount"),
            ({**LATE, "contact_id": str(new_id()), "claimed_on": "2199-01-01"}, "/claimed_on"),
            ({**LATE, "deal_id": str(new_id())}, "/deal_id"),
            ({**LATE, "invoice_id": str(new_id())}, "/invoice_id"),
            ({**LATE, "contact_id": str(new_id()), "status": "settled"}, "/resolution"),
            ({"kind": "complaint", "contact_id": str(new_id())}, "/cause"),
        ],
    )
    async def test_say_what_is_wrong(
        self, client: httpx.AsyncClient, session: AsyncSession, bad: dict[str, Any], pointer: str
    ) -> None:
        answer = await client.post("/v1/claims", json=bad)

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer
        assert "zqcanary" not in answer.text
        assert await announced(session) == []

    async def test_are_seen_by_whoever_sees_the_deal(
        self, client: httpx.AsyncClient, client_as: ClientAs, deal: Deal
    ) -> None:
        made = await client.post("/v1/claims", json={**LATE, "deal_id": str(deal.id)})
        url = made.headers["location"]
        assert deal.owner_id is not None
        mine, other = client_as("seller", user_id=deal.owner_id), client_as("seller")

        assert (await mine.get(url)).status_code == 200
        assert (await other.get(url)).status_code == 404
        assert (await other.get("/v1/claims")).json()["items"] == []
        assert (await other.delete(url, headers=ANY)).status_code == 404
        assert (await client_as("viewer").delete(url, headers=ANY)).status_code == 403
