"""Quotes: versions with frozen lines; accepting one makes its lines the deal's (D2, D3)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.events import (
    DealUpdated,
    QuoteAccepted,
    QuoteCreated,
    QuoteDeclined,
    QuoteDeleted,
    QuoteExpired,
    QuoteSent,
    QuoteUpdated,
)
from crm_deals.pipelines.models import Pipeline
from crm_deals.products.models import Product
from crm_deals.quotes.jobs import announce_expired
from crm_deals.testing import make_product, stage_called
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.plugin import ClientAs
from crm_shared.worker import JobContext

pytestmark = pytest.mark.usefixtures("pipeline")
ANY = {"If-Match": "*"}
LATER = str((utc_now() + timedelta(days=9)).date())


@pytest.fixture
async def chair(session: AsyncSession) -> Product:
    chair = make_product()
    session.add(chair)
    await session.commit()
    return chair


async def deal_with(client: httpx.AsyncClient, product: Product, quantity: str) -> str:
    line = {"product_id": str(product.id), "quantity": quantity, "tax_rate": "20"}
    made = await client.post("/v1/deals", json={"title": "Chairs", "line_items": [line]})
    assert made.status_code == 201, made.text
    return str(made.headers["location"])


async def quoted(client: httpx.AsyncClient, deal: str, **values: Any) -> httpx.Response:
    answer = await client.post(f"{deal}/quotes", json=values)
    assert answer.status_code == 201, answer.text
    return answer


class TestQuotes:
    async def test_keep_their_lines_whatever_the_deal_does(
        self, client: httpx.AsyncClient, session: AsyncSession, chair: Product
    ) -> None:
        deal = await deal_with(client, chair, "2")
        first = await quoted(client, deal, valid_until=LATER)
        more = {"product_id": str(chair.id), "quantity": "3"}
        await client.patch(deal, json={"line_items": [more]}, headers=ANY)
        second = await quoted(client, deal, discount={"type": "percent", "value": "10"})

        listed = (await client.get(f"{deal}/quotes")).json()["items"]

        assert [one["version"] for one in listed] == [2, 1]
        assert first.json()["number"] == second.json()["number"]
        assert first.json()["number"].startswith("Q-")
        assert [one["total"] for one in listed] == ["3375.00", "3000.00"]
        assert (await client.get(first.headers["location"])).json() == first.json()
        created = await recorded(session, QuoteCreated)
        assert [event.data.quote.net for event in created] == [2500, 3375]

    async def test_a_draft_changes_and_goes_a_sent_one_stays(
        self, client: httpx.AsyncClient, session: AsyncSession, chair: Product
    ) -> None:
        deal = await deal_with(client, chair, "2")
        url = (await quoted(client, deal)).headers["location"]
        thrown = (await quoted(client, deal)).headers["location"]

        changed = await client.patch(url, json={"note": "zqcanary"}, headers={"If-Match": '"1"'})
        dated = await client.patch(url, json={"valid_until": LATER}, headers=ANY)
        past = await client.patch(url, json={"valid_until": "2020-01-01"}, headers=ANY)
        sent = await client.post(f"{url}/send", headers=ANY)
        late = await client.patch(url, json={"note": "no"}, headers=ANY)
        kept = await client.delete(url, headers=ANY)
        gone = await client.delete(thrown, headers=ANY)
        after = await quoted(client, deal)

        assert changed.json()["note"] == "zqcanary"
        assert dated.json()["valid_until"] == LATER
        assert past.json()["errors"][0]["pointer"] == "/valid_until"
        assert (sent.json()["status"], late.status_code, kept.status_code) == ("sent", 409, 409)
        assert (gone.status_code, after.json()["version"]) == (204, 3)
        assert len(await recorded(session, QuoteUpdated)) == 2
        assert len(await recorded(session, QuoteSent)) == 1
        assert len(await recorded(session, QuoteDeleted)) == 1
        everything = [one.model_dump_json() for one in await announced(session)]
        assert "zqcanary" not in "".join(everything)

    async def test_accepting_makes_its_lines_the_deals(
        self, client: httpx.AsyncClient, session: AsyncSession, chair: Product
    ) -> None:
        deal = await deal_with(client, chair, "2")
        line = {"product_id": str(chair.id), "quantity": "5", "asked_quantity": "2"}
        quote = await quoted(
            client, deal, line_items=[line], discount={"type": "amount", "value": "250"}
        )
        url = quote.headers["location"]
        early = await client.post(f"{url}/accept", headers=ANY)
        await client.post(f"{url}/send", headers=ANY)

        accepted = await client.post(f"{url}/accept", headers=ANY)
        again = await client.post(f"{url}/accept", headers=ANY)

        assert (early.status_code, again.status_code) == (409, 409)
        assert accepted.json()["status"] == "accepted"
        body = (await client.get(deal)).json()
        assert (body["amount"], body["revision"]) == ("6000.00", 2)
        assert body["line_items"][0]["sale_kind"] == "over"
        assert body["discount"] == {"type": "amount", "value": "250.00"}
        [event] = await recorded(session, QuoteAccepted)
        assert event.data.quote.decided_at is not None
        [updated] = await recorded(session, DealUpdated)
        assert updated.data.deal.amount == Decimal(6000)

    async def test_are_declined_and_never_taken_by_a_closed_deal(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        chair: Product,
        pipeline: Pipeline,
    ) -> None:
        deal = await deal_with(client, chair, "2")
        one, other = [(await quoted(client, deal)).headers["location"] for _ in range(2)]
        for url in (one, other):
            await client.post(f"{url}/send", headers=ANY)

        declined = await client.post(f"{one}/decline", headers=ANY)
        won = {"stage_id": str(stage_called(pipeline, "Won").id)}
        await client.put(f"{deal}/stage", json=won, headers=ANY)
        closed = await client.post(f"{other}/accept", headers=ANY)

        assert declined.json()["status"] == "declined"
        assert closed.json()["code"] == "deal-closed"
        assert len(await recorded(session, QuoteDeclined)) == 1
        assert await recorded(session, QuoteAccepted) == []

    async def test_expire_once_after_their_last_day(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        sessions: Sessions,
        chair: Product,
    ) -> None:
        deal = await deal_with(client, chair, "2")
        url = (await quoted(client, deal, valid_until=LATER)).headers["location"]
        await client.post(f"{url}/send", headers=ANY)
        await session.execute(text("UPDATE quotes SET valid_until = '2026-01-01'"))
        await session.commit()
        context = JobContext(sessions, bus=None, settings=None)  # type: ignore[arg-type]  # unused

        late = await client.post(f"{url}/accept", headers=ANY)
        done = [await announce_expired(context) for _ in range(2)]

        assert late.json()["code"] == "quote-expired"
        assert done == [1, 0]
        assert (await client.get(url)).json()["status"] == "expired"
        assert len(await recorded(session, QuoteExpired)) == 1

    async def test_need_lines_and_a_deal_in_scope(
        self, client: httpx.AsyncClient, client_as: ClientAs, chair: Product
    ) -> None:
        bare = await client.post("/v1/deals", json={"title": "Nothing yet"})
        url = f"{bare.headers['location']}/quotes"
        deal = await deal_with(client, chair, "2")
        quote = (await quoted(client, deal)).headers["location"]

        nothing = await client.post(url, json={})
        stranger, viewer = client_as("seller"), client_as("viewer")
        refused = [
            (await stranger.get(f"{deal}/quotes")).status_code,
            (await stranger.get(quote)).status_code,
            (await stranger.post(f"{quote}/send", headers=ANY)).status_code,
            (await viewer.post(f"{quote}/send", headers=ANY)).status_code,
            (await client.get(f"{deal}/quotes/{new_id()}")).status_code,
        ]

        assert nothing.json()["errors"][0]["code"] == "nothing-to-quote"
        assert refused == [404, 404, 404, 403, 404]
