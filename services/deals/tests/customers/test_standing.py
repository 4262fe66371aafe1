"""C12, K32: who pays late or breaks contracts is unreliable; a pipeline may warn or block."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals.use_cases import DealImport, import_deals
from crm_deals.events import DealCreated
from crm_deals.pipelines.models import Pipeline
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

pytestmark = pytest.mark.usefixtures("pipeline")
ANY = {"If-Match": "*"}
TODAY = utc_now().date()


async def owed(client: httpx.AsyncClient, company: str, *, days: int, **more: Any) -> str:
    due = str(TODAY - timedelta(days=days))
    body = {
        "company_id": company,
        "amount": "10",
        "status": "issued",
        "issue_date": due,
        "due_date": due,
        **more,
    }
    answer = await client.post("/v1/invoices", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def standing(client: httpx.AsyncClient, company: str) -> dict[str, Any]:
    answer = await client.get("/v1/invoices/standing", params={"company_id": company})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def caution(client: httpx.AsyncClient, pipeline: Pipeline, value: str) -> None:
    answer = await client.patch(
        f"/v1/pipelines/{pipeline.id}", json={"unreliable_customers": value}, headers=ANY
    )
    assert answer.status_code == 200, answer.text


class TestC12Reliability:
    async def test_two_invoices_over_thirty_days_late_are_too_many(
        self, client: httpx.AsyncClient
    ) -> None:
        company = str(new_id())
        await owed(client, company, days=40)
        paid_late = await owed(client, company, days=90)
        await owed(client, company, days=25)
        await owed(client, company, days=60, is_disputed=True)
        await owed(client, company, days=500)
        once = await standing(client, company)
        payment = {"amount": "10", "allocations": [{"invoice_id": paid_late}]}
        await client.post("/v1/payments", json=payment)
        paid = await standing(client, company)
        in_time = await owed(client, company, days=45)
        early = {**payment, "allocations": [{"invoice_id": in_time}]}
        early["paid_on"] = str(TODAY - timedelta(days=20))
        await client.post("/v1/payments", json=early)

        assert (once["late_invoices"], once["is_unreliable"]) == (2, True)
        assert paid == once
        assert (await standing(client, company))["late_invoices"] == 2
        assert (await standing(client, str(new_id())))["is_unreliable"] is False

    async def test_a_breach_speaks_against_him_until_it_is_made_good(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        company = str(new_id())
        claim = {"kind": "breach_by_customer", "cause": "unpaid", "company_id": company}
        made = await client.post("/v1/claims", json={**claim, "amount": "100"})
        await client.post("/v1/claims", json={**claim, "kind": "complaint"})

        before = await standing(client, company)
        # merged into a fresh record he is who he was, asked by either
        fresh = new_id()
        await aliases.keep(session, [aliases.Alias("company", UUID(company), fresh, 1)])
        await session.commit()
        merged = [await standing(client, str(one)) for one in (company, fresh)]
        settled = {"status": "settled", "resolution": "paid"}
        await client.patch(made.headers["location"], json=settled, headers=ANY)

        assert (before["has_unsettled_breach"], before["is_unreliable"]) == (True, True)
        assert merged == [before] * 2
        assert (await standing(client, company))["is_unreliable"] is False

    async def test_a_new_deal_is_warned_of_or_blocked(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        company = str(new_id())
        for days in (40, 50):
            await owed(client, company, days=days)
        body = {"title": "More chairs", "company_id": company}

        warned = await client.post("/v1/deals", json=body)
        await caution(client, pipeline, "block")
        blocked = await client.post("/v1/deals", json=body)
        other = await client.post("/v1/deals", json={**body, "company_id": str(new_id())})
        await caution(client, pipeline, "warn")
        allowed = await client.post("/v1/deals", json=body)

        assert warned.json()["is_customer_unreliable"] is True
        assert (blocked.status_code, blocked.json()["code"]) == (409, "customer-unreliable")
        assert other.json()["is_customer_unreliable"] is False
        assert allowed.json()["is_customer_unreliable"] is True
        events = await recorded(session, DealCreated)
        assert [one.data.deal.is_customer_unreliable for one in events] == [True, False, True]

    async def test_is_told_to_those_who_may_read_money(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        url, params = "/v1/invoices/standing", {"contact_id": str(new_id())}

        assert (await client_as("seller").get(url, params=params)).status_code == 200
        assert (await client_as("marketing").get(url, params=params)).status_code == 403
        assert (await client.get(url)).json()["errors"][0]["pointer"] == "/query/company_id"


class TestD11Imports:
    async def test_tell_first_from_repeat_in_their_own_order(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        company, now = new_id(), utc_now()
        won = next(stage for stage in pipeline.stages if stage.outcome == "won")
        batch = [
            DealImport(
                {
                    "title": f"Order {number}",
                    "source_system": "old",
                    "external_id": str(number),
                    "company_id": company,
                    "stage_id": won.id,
                },
                now - timedelta(days=30 - number),
                now - timedelta(days=30 - number),
            )
            for number in range(3)
        ]

        with context.as_bulk():
            await import_deals(session, batch[:2], currency="UAH")
            await import_deals(session, batch[2:], currency="UAH")
        await session.commit()

        events = await recorded(session, DealCreated)
        assert [one.data.deal.is_repeat for one in events] == [False, True, True]
