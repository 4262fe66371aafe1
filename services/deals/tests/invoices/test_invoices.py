"""F2: invoices from draft to paid, gapless numbers, credit notes, overdue once."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals.models import Deal
from crm_deals.events import (
    InvoiceCreated,
    InvoiceDeleted,
    InvoiceIssued,
    InvoiceOverdue,
    InvoiceUpdated,
    InvoiceVoided,
)
from crm_deals.invoices.jobs import announce_overdue
from crm_deals.invoices.rules import tax_of_part
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal, make_product, stage_called
from crm_shared.clock import local_day, utc_now
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.plugin import ClientAs
from crm_shared.worker import JobContext

TODAY = local_day(utc_now(), ZoneInfo("Europe/Kyiv"))
ANY = {"If-Match": "*"}


@pytest.fixture
async def deal(session: AsyncSession, pipeline: Pipeline) -> Deal:
    deal = make_deal(
        stage_called(pipeline, "New"),
        owner_id=new_id(),
        team_id=new_id(),
        contact_id=new_id(),
        company_id=new_id(),
    )
    session.add(deal)
    await session.commit()
    return deal


async def invoiced(client: httpx.AsyncClient, **values: Any) -> dict[str, Any]:
    answer = await client.post("/v1/invoices", json={"status": "issued", **values})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


class TestF2DrawUp:
    async def test_takes_the_deals_lines_customer_and_currency(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        chair = make_product()
        session.add(chair)
        await session.commit()
        line = {"product_id": str(chair.id), "quantity": "2", "tax_rate": "20"}
        company = str(new_id())
        made = await client.post(
            "/v1/deals",
            json={
                "title": "Chairs",
                "company_id": company,
                "line_items": [line],
                "discount": {"type": "amount", "value": "100"},
            },
        )
        assert made.json()["amount"] == "2400.00"

        draft = await client.post("/v1/invoices", json={"deal_id": made.json()["id"]})

        body = draft.json()
        assert (body["status"], body["number"], body["due"]) == ("draft", None, "0.00")
        assert (body["net"], body["tax"], body["total"]) == ("2400.00", "480.00", "2880.00")
        assert (body["company_id"], body["currency"]) == (company, "UAH")
        [envelope] = await recorded(session, InvoiceCreated)
        assert envelope.data.invoice.line_items[0].tax_amount == 480

    async def test_takes_an_amount_with_the_tax_in_it(
        self, client: httpx.AsyncClient, deal: Deal
    ) -> None:
        body = await invoiced(client, deal_id=str(deal.id), amount="120.00", tax_rate="20")

        assert (body["net"], body["tax"], body["total"]) == ("100.00", "20.00", "120.00")

    @pytest.mark.parametrize(
        ("bad", "pointer"),
        [
            ({}, "/deal_id"),
            ({"contact_id": str(new_id())}, "/amount"),
            ({"contact_id": str(new_id()), "amount": "0.001"}, "/amount"),
            ({"contact_id": str(new_id()), "amount": "-1"}, "/amount"),
            ({"contact_id": str(new_id()), "amount": "1.5", "currency": "JPY"}, "/amount"),
            ({"deal_id": str(new_id()), "amount": "1"}, "/deal_id"),
            (
                {"contact_id": str(new_id()), "amount": "1", "due_date": "2020-01-01"},
                "/due_date",
            ),
            ({"contact_id": str(new_id()), "amount": "1", "number": "zq canary"}, "/number"),
        ],
    )
    async def test_says_what_is_wrong(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        pipeline: Pipeline,
        bad: dict[str, Any],
        pointer: str,
    ) -> None:
        answer = await client.post("/v1/invoices", json=bad)

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer
        assert "canary" not in answer.text
        assert await announced(session) == []


class TestF2Numbers:
    """F2, DOC2: numbers per year without gaps."""

    async def test_have_no_gaps_however_many_are_issued_at_once(
        self, client: httpx.AsyncClient, deal: Deal
    ) -> None:
        good = {"deal_id": str(deal.id), "amount": "10", "status": "issued"}
        bad = {**good, "due_date": "2020-01-01"}

        answers = await asyncio.gather(
            *(client.post("/v1/invoices", json=bad if n % 3 == 2 else good) for n in range(12))
        )

        numbers = sorted(one.json()["number"] for one in answers if one.status_code == 201)
        assert numbers == [f"{TODAY.year}-{n:05d}" for n in range(1, 9)]

    async def test_that_were_given_by_hand_are_kept_and_stepped_over(
        self, client: httpx.AsyncClient, deal: Deal
    ) -> None:
        given = f"{TODAY.year}-00001"
        by_hand = await invoiced(client, deal_id=str(deal.id), amount="10", number=given)
        drawn = await invoiced(client, deal_id=str(deal.id), amount="10")
        again = await client.post(
            "/v1/invoices", json={"deal_id": str(deal.id), "amount": "10", "number": given}
        )

        assert (by_hand["number"], drawn["number"]) == (given, f"{TODAY.year}-00002")
        assert (again.status_code, again.json()["code"]) == (409, "invoice-number-taken")


class TestF2Change:
    async def test_a_draft_changes_and_goes_an_issued_one_keeps_its_money(
        self, client: httpx.AsyncClient, session: AsyncSession, deal: Deal
    ) -> None:
        made = await client.post("/v1/invoices", json={"deal_id": str(deal.id), "amount": "10"})
        url = made.headers["location"]
        changed = await client.patch(url, json={"amount": "12"}, headers={"If-Match": '"1"'})
        issued = await client.post(f"{url}/issue", headers={"If-Match": '"2"'})
        again = await client.post(f"{url}/issue", headers={"If-Match": '"3"'})
        dearer = await client.patch(url, json={"amount": "13"}, headers=ANY)
        same = await client.patch(url, json={"amount": "12"}, headers=ANY)
        stale = await client.patch(url, json={"note": "late"}, headers={"If-Match": '"1"'})
        noted = await client.patch(url, json={"note": "zqcanary"}, headers=ANY)
        deleted = await client.delete(url, headers=ANY)

        assert (changed.json()["total"], changed.json()["status"]) == ("12.00", "draft")
        assert issued.json() == again.json() == same.json()
        assert (dearer.status_code, dearer.json()["code"]) == (409, "invoice-not-draft")
        assert (stale.status_code, deleted.status_code) == (412, 409)
        assert noted.json()["note"] == "zqcanary"
        [event] = await recorded(session, InvoiceIssued)
        assert event.data.previous == {"number": None, "status": "draft"}
        everything = [one.model_dump_json() for one in await announced(session)]
        assert "zqcanary" not in "".join(everything)

    async def test_a_draft_can_be_thrown_away(
        self, client: httpx.AsyncClient, session: AsyncSession, deal: Deal
    ) -> None:
        made = await client.post("/v1/invoices", json={"deal_id": str(deal.id), "amount": "10"})
        gone = await client.delete(made.headers["location"], headers={"If-Match": '"1"'})

        assert gone.status_code == 204
        assert (await client.get(made.headers["location"])).status_code == 404
        assert len(await recorded(session, InvoiceDeleted)) == 1

    async def test_another_system_can_say_it_twice(
        self, client: httpx.AsyncClient, session: AsyncSession, deal: Deal
    ) -> None:
        url = "/v1/invoices/by-external/1c/7"
        body = {"deal_id": str(deal.id), "amount": "10", "status": "issued"}

        results = [await client.put(url, json=body) for _ in range(2)]
        disputed = await client.put(url, json={**body, "is_disputed": True})
        dearer = await client.put(url, json={**body, "amount": "11"})

        assert [one.headers["crm-result"] for one in results] == ["created", "unchanged"]
        assert disputed.headers["crm-result"] == "updated"
        assert dearer.status_code == 409
        assert len(await recorded(session, InvoiceUpdated)) == 1


class TestF2TakeBack:
    async def test_void_keeps_the_number_and_owes_nothing(
        self, client: httpx.AsyncClient, session: AsyncSession, deal: Deal
    ) -> None:
        body = await invoiced(client, deal_id=str(deal.id), amount="10")
        url = f"/v1/invoices/{body['id']}/void"

        void = await client.post(url, json={"reason": "mistake"}, headers={"If-Match": '"1"'})
        again = await client.post(url, json={"reason": "mistake"}, headers=ANY)
        why = await client.post(url, json={"reason": "zqcanary"}, headers=ANY)

        assert (void.json()["status"], void.json()["due"]) == ("void", "0.00")
        assert void.json()["number"] == body["number"]
        assert (again.status_code, why.status_code) == (409, 422)
        [event] = await recorded(session, InvoiceVoided)
        assert event.data.invoice.void_reason == "mistake"

    def test_taxes_of_credit_notes_make_the_tax_of_the_invoice(self) -> None:
        parts = [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]
        of = {"total": Decimal(100), "tax": Decimal("16.67"), "currency": "UAH"}
        taxes = [
            tax_of_part(SimpleNamespace(**of, credited=sum(parts[:done], Decimal(0))), part)
            for done, part in enumerate(parts)
        ]
        assert sum(taxes) == Decimal("16.67")

    async def test_credit_notes_take_back_parts_and_never_more(
        self, client: httpx.AsyncClient, session: AsyncSession, deal: Deal
    ) -> None:
        body = await invoiced(client, deal_id=str(deal.id), amount="120", tax_rate="20")
        url = f"/v1/invoices/{body['id']}"

        part = await client.post(f"{url}/credit", json={"amount": "60"}, headers=ANY)
        more = await client.post(f"{url}/credit", json={"amount": "60.01"}, headers=ANY)
        rest = await client.post(f"{url}/credit", json={}, headers=ANY)

        assert part.json()["number"].startswith("CN-")
        assert (part.json()["net"], part.json()["tax"]) == ("-50.00", "-10.00")
        assert more.status_code == 422
        assert rest.json()["total"] == "-60.00"
        left = (await client.get(url)).json()
        assert (left["status"], left["due"], left["credited"]) == ("credited", "0.00", "120.00")
        back = await client.post(
            f"/v1/invoices/{rest.json()['id']}/void", json={"reason": "other"}, headers=ANY
        )
        assert back.status_code == 200, back.text
        assert (await client.get(url)).json()["due"] == "60.00"


class TestF2Overdue:
    async def test_is_announced_once_by_two_replicas_and_anew_for_another_day(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        sessions: Sessions,
        deal: Deal,
    ) -> None:
        issue, due = str(TODAY - timedelta(days=9)), str(TODAY - timedelta(days=4))
        late = await invoiced(
            client, deal_id=str(deal.id), amount="10", issue_date=issue, due_date=due
        )
        await invoiced(client, deal_id=str(deal.id), amount="10", due_date=str(TODAY))
        await invoiced(client, deal_id=str(deal.id), amount="10")
        await client.post(
            "/v1/invoices",
            json={"deal_id": str(deal.id), "amount": "9", "issue_date": issue, "due_date": due},
        )
        context = JobContext(sessions, bus=None, settings=None)  # type: ignore[arg-type]  # unused

        for _ in range(2):
            await asyncio.gather(announce_overdue(context), announce_overdue(context))

        [event] = await recorded(session, InvoiceOverdue)
        assert str(event.subject) == late["id"]
        assert event.data.changed == ["overdue_at"]
        listed = await client.get("/v1/invoices", params={"is_overdue": "true"})
        assert [one["id"] for one in listed.json()["items"]] == [late["id"]]
        url = f"/v1/invoices/{late['id']}"
        other = str(TODAY - timedelta(days=2))
        moved = await client.patch(url, json={"due_date": other}, headers=ANY)
        assert moved.json()["overdue_at"] is None
        assert await announce_overdue(context) == 1


class TestF2Scope:
    async def test_follows_the_deal_whoever_owns_it_now(
        self, client: httpx.AsyncClient, client_as: ClientAs, deal: Deal
    ) -> None:
        body = await invoiced(client, deal_id=str(deal.id), amount="10")
        url = f"/v1/invoices/{body['id']}"
        owner, other = new_id(), client_as("seller")
        mine = client_as("seller", user_id=owner)

        before = [(await one.get(url)).status_code for one in (mine, other)]
        await client.patch(f"/v1/deals/{deal.id}", json={"owner_id": str(owner)}, headers=ANY)
        after = [(await one.get(url)).status_code for one in (mine, other)]

        assert (before, after) == ([404, 404], [200, 404])
        assert (await other.get("/v1/invoices")).json()["items"] == []
        assert len((await mine.get("/v1/invoices")).json()["items"]) == 1
        foreign = await other.post("/v1/invoices", json={"deal_id": str(deal.id), "amount": "1"})
        assert foreign.status_code == 422
        assert (await client_as("marketing").get("/v1/invoices")).status_code == 403
        assert (await client_as("accountant").get(url)).status_code == 200
        refused = await client_as("viewer").post(f"{url}/void", json={}, headers=ANY)
        assert refused.status_code == 403
