"""D3, D10, D11, D13, F14: the card, suggestions, orders once more, breakdowns, costs."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.consumers import SUBSCRIPTIONS
from crm_deals.events import DealStageChanged, ProductUpdated
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_product, make_reason, stage_called
from crm_shared.clock import utc_now
from crm_shared.events import refs
from crm_shared.events.envelope import Envelope
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

pytestmark = pytest.mark.usefixtures("pipeline")
ANY = {"If-Match": "*"}


async def new_deal(client: httpx.AsyncClient, **values: Any) -> dict[str, Any]:
    made = await client.post("/v1/deals", json={"title": "Chairs", **values})
    assert made.status_code == 201, made.text
    body: dict[str, Any] = made.json()
    return body


async def move(
    client: httpx.AsyncClient, deal: dict[str, Any], pipeline: Pipeline, label: str, **more: Any
) -> dict[str, Any]:
    body = {"stage_id": str(stage_called(pipeline, label).id), **more}
    answer = await client.put(f"/v1/deals/{deal['id']}/stage", json=body, headers=ANY)
    assert answer.status_code == 200, answer.text
    moved: dict[str, Any] = answer.json()
    return moved


def heard(kind: str, data: dict[str, Any], *, subject: UUID, revision: int) -> dict[str, Any]:
    """Put into an envelope what another service says."""
    return {
        "id": new_id(), "source": f"/crm/{kind.split('.')[1]}", "type": kind,
        "subject": subject, "time": utc_now(), "dataschema": f"/contracts/{kind}.json",
        "recordedtime": utc_now(), "revision": revision, "actorid": UUID(int=0),
        "correlationid": new_id(), "data": data,
    }  # fmt: skip


class TestD3Card:
    async def test_holds_everything_in_one_call(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        chair, cushion = make_product(), make_product("Cushion")
        session.add_all([chair, cushion, make_reason()])
        await session.commit()
        both = [{"product_id": str(cushion.id), "sale_kind": "cross"}]
        await client.patch(f"/v1/products/{chair.id}", json={"suggestions": both}, headers=ANY)
        line = {"product_id": str(chair.id), "quantity": "2", "tax_rate": "20"}
        floors = {"key": "floors", "type": "integer", "labels": {"en": "Floors"}}
        await client.post("/v1/deals/custom-fields", json=floors)
        asking = {"required_fields": ["custom.floors"]}
        won = stage_called(pipeline, "Won").id
        asked = await client.patch(f"/v1/stages/{won}", json=asking, headers=ANY)
        assert asked.status_code == 200, asked.text
        deal = await new_deal(
            client, line_items=[line], company_id=str(new_id()), custom_fields={"floors": 2}
        )
        url = f"/v1/deals/{deal['id']}"
        await client.post(f"{url}/quotes", json={})
        invoice = await client.post(
            "/v1/invoices", json={"deal_id": deal["id"], "status": "issued"}
        )
        paid = {"amount": "1000", "allocations": [{"invoice_id": invoice.json()["id"]}]}
        await client.post("/v1/payments", json=paid)
        claim = {"kind": "complaint", "cause": "quality", "deal_id": deal["id"]}
        await client.post("/v1/claims", json=claim)
        await move(client, deal, pipeline, "Qualified")

        answer = await client.get(f"{url}/card")

        card = answer.json()
        assert answer.status_code == 200, answer.text
        assert card["deal"]["id"] == deal["id"]
        assert card["totals"] == {
            "net": "2500.00",
            "tax": "500.00",
            "gross": "3000.00",
            "discount": "0.00",
        }
        assert [len(card[part]) for part in ("quotes", "invoices", "payments", "claims")] == [1] * 4
        assert (card["balance"][0]["due"], card["balance"][0]["paid"]) == ("2000.00", "1000.00")
        assert [one["revision"] for one in card["history"]] == [1, 2]
        states = {one["label"]: one for one in card["stages"]}
        assert states["Qualified"]["is_current"]
        assert [one["pointer"] for one in states["Lost"]["missing"]] == ["/reason_id"]
        assert states["Won"]["missing"] == []
        [suggestion] = card["suggestions"]
        assert (suggestion["product_id"], suggestion["sale_kind"]) == (str(cushion.id), "cross")
        assert suggestion["because_of"] == str(chair.id)
        [updated] = await recorded(session, ProductUpdated)
        assert updated.data.product.suggestions[0].product_id == cushion.id
        assert (await client_as("seller").get(f"{url}/card")).status_code == 404
        assert (await client_as("marketing").get(f"{url}/card")).status_code == 403

    async def test_shows_people_tasks_calls_and_messages_as_events_told_them(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        contact, company, owner = new_id(), new_id(), new_id()
        deal = await new_deal(
            client, contact_id=str(contact), company_id=str(company), owner_id=str(owner)
        )
        names = {
            "contact": (contact, {"first_name": "Олена", "last_name": "Коваль"}),
            "company": (company, {"name": "Світанок"}),
            "user": (owner, {"name": "Іван"}),
        }
        for kind, (one, data) in names.items():
            await refs.keep(session, kind, [refs.RefItem(id=one, revision=1, data=data)])
        of = {"deal_id": deal["id"]}
        due = {"due_at": "2027-01-05T09:00:00Z", "assignee_id": str(owner)}
        task, letter = new_id(), new_id()
        sent = {"channel": "email", "purpose": "service", "recipient_kind": "contact"}
        told: list[tuple[str, UUID, int, dict[str, Any]]] = [
            ("tasks", task, 2, {"task": {**of, **due, "status": "open", "kind": "call"}}),
            ("tasks", task, 1, {"task": {**of, **due, "status": "done", "kind": "todo"}}),
            ("tasks", new_id(), 1, {"task": {**of, **due, "status": "done", "kind": "call"}}),
            (
                "activities",
                new_id(),
                1,
                {"activity": {**of, **due, "status": "planned", "kind": "visit"}},
            ),
            (
                "calls",
                new_id(),
                1,
                {"call": {**of, "answered": True, "direction": "inbound", "owner_id": None}},
            ),
            ("messages", letter, 3, {"message": {**of, **sent, "status": "sent"}}),
            ("messages", letter, 1, {"message": {**of, **sent, "status": "queued"}}),
            ("messages", new_id(), 1, {"message": {**sent, "deal_id": None, "status": "sent"}}),
        ]
        for _twice in range(2):
            for nouns, one, revision, data in told:
                [known] = [one for one in SUBSCRIPTIONS if one.durable == f"deals-known-{nouns}"]
                kind = str(known.pattern).replace(">", "updated.v1")
                envelope = heard(kind, data, subject=one, revision=revision)
                read = Envelope[known.reads].model_validate(envelope)  # type: ignore[name-defined]
                await known.handle(session, [read])
        await session.commit()

        card = (await client.get(f"/v1/deals/{deal['id']}/card")).json()

        assert card["contact"] == {"id": str(contact), "name": "Олена Коваль"}
        assert card["company"] == {"id": str(company), "name": "Світанок"}
        assert card["owner"] == {"id": str(owner), "owner_name": "Іван"}
        assert [(one["id"] == str(task), one["status"]) for one in card["tasks"]] == [
            (True, "open"),
            (False, "done"),
        ]
        assert (card["tasks"][0]["kind"], card["tasks"][0]["due_at"]) == ("call", due["due_at"])
        assert [one["status"] for one in card["activities"]] == ["planned"]
        assert [(one["direction"], one["state"]) for one in card["calls"]] == [
            ("inbound", "answered")
        ]
        assert [(one["id"], one["status"]) for one in card["messages"]] == [(str(letter), "sent")]
        assert card["elsewhere"]["tasks"] == f"/v1/tasks?deal_id={deal['id']}"

    async def test_shows_no_names_that_were_not_told(self, client: httpx.AsyncClient) -> None:
        deal = await new_deal(client, contact_id=str(new_id()))

        card = (await client.get(f"/v1/deals/{deal['id']}/card")).json()

        assert card["contact"]["name"] is None
        assert card["company"] is None
        assert [card[part] for part in ("tasks", "activities", "calls", "messages")] == [[]] * 4


class TestD10Suggestions:
    async def test_leave_out_what_is_held_idle_or_gone(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        held, idle, good = (
            make_product("Table"),
            make_product("Old lamp", is_active=False),
            make_product("Lamp"),
        )
        wanted = [
            {"product_id": str(one), "sale_kind": "up"}
            for one in (held.id, idle.id, new_id(), good.id, good.id)
        ]
        chair = make_product(suggestions=wanted)
        session.add_all([held, idle, good, chair])
        await session.commit()
        deal = await new_deal(
            client, line_items=[{"product_id": str(one.id)} for one in (chair, held)]
        )

        answer = await client.get(f"/v1/deals/{deal['id']}/suggestions")

        assert [one["label"] for one in answer.json()["items"]] == ["Lamp"]


class TestD11RepeatSales:
    async def test_a_deal_knows_whether_its_customer_has_bought(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        company, contact = str(new_id()), str(new_id())
        first = await new_deal(client, company_id=company, contact_id=contact)
        waiting = await new_deal(client, company_id=company)
        await move(client, first, pipeline, "Won")

        again = await new_deal(client, contact_id=contact)
        nobody = await new_deal(client)
        named = await client.patch(
            f"/v1/deals/{nobody['id']}", json={"company_id": company}, headers=ANY
        )
        listed = await client.get("/v1/deals", params={"is_repeat": "true"})

        assert (first["is_repeat"], waiting["is_repeat"], again["is_repeat"]) == (
            False,
            False,
            True,
        )
        # it began after the purchase, so naming the customer later makes it a repeat
        assert (nobody["is_repeat"], named.json()["is_repeat"]) == (None, True)
        assert {one["id"] for one in listed.json()["items"]} == {again["id"], nobody["id"]}

    async def test_an_earlier_order_is_copied_with_its_prices_or_todays(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        chair = make_product()
        session.add(chair)
        await session.commit()
        company = str(new_id())
        source = await new_deal(
            client,
            company_id=company,
            line_items=[{"product_id": str(chair.id), "quantity": "2"}],
            discount={"type": "percent", "value": "10"},
        )
        await client.patch(f"/v1/products/{chair.id}", json={"price": "1500"}, headers=ANY)
        url = f"/v1/deals/{source['id']}/copy"

        same = await client.post(url, json={"title": "The same again"})
        today = await client.post(url, json={"reprice": True})

        assert same.status_code == 201, same.text
        assert (same.json()["amount"], today.json()["amount"]) == ("2250.00", "2700.00")
        assert same.json()["copied_from_id"] == source["id"]
        assert (same.json()["title"], today.json()["title"]) == ("The same again", "Chairs")
        assert same.json()["company_id"] == company
        assert same.json()["owner_id"] == source["owner_id"]
        assert (await client_as("seller").post(url, json={})).status_code == 404
        assert (await client_as("accountant").post(url, json={})).status_code == 403


class TestD13Breakdowns:
    async def test_a_deal_lost_after_it_was_agreed_has_broken_down(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        proposal = stage_called(pipeline, "Proposal")
        marked = await client.patch(
            f"/v1/stages/{proposal.id}", json={"is_agreed": True}, headers=ANY
        )
        assert marked.status_code == 200, marked.text
        agreed, early = await new_deal(client), await new_deal(client)

        stood = await move(client, agreed, pipeline, "Proposal")
        lost = await move(client, agreed, pipeline, "Lost")
        before = await move(client, early, pipeline, "Lost")
        listed = await client.get("/v1/deals", params={"broken_down": "true"})

        assert (stood["broken_down"], stood["agreed_at"] is None) == (False, False)
        assert (lost["broken_down"], before["broken_down"]) == (True, False)
        assert [one["id"] for one in listed.json()["items"]] == [agreed["id"]]
        events = await recorded(session, DealStageChanged)
        assert [event.data.deal.broken_down for event in events] == [False, True, False]

    async def test_a_deal_lost_after_it_was_won_has_too(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        deal = await new_deal(client)
        await move(client, deal, pipeline, "Won")

        lost = await move(client, deal, pipeline, "Lost", reopen=True)

        assert lost["broken_down"]


class TestF14UnitCost:
    async def test_that_is_known_only_by_now_is_frozen_when_the_deal_is_won(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        chair, lamp = make_product(), make_product("Lamp", cost=Decimal(100))
        gift = make_product("Gift")
        session.add_all([chair, lamp, gift])
        await session.commit()
        lines = [{"product_id": str(one.id)} for one in (chair, lamp, gift)]
        deal = await new_deal(client, line_items=lines, expected_amount="5000")
        for product, cost in ((chair, "810"), (lamp, "120")):
            await client.patch(f"/v1/products/{product.id}", json={"cost": cost}, headers=ANY)

        await client.delete(f"/v1/products/{chair.id}", headers=ANY)

        won = await move(client, deal, pipeline, "Won")

        assert [one["unit_cost"] for one in won["line_items"]] == ["810.00", "100.00", None]
        assert (won["expected_amount"], won["amount"]) == ("5000.00", "3750.00")
        assert (await client.get(f"/v1/deals/{deal['id']}")).json() == won
        [event] = await recorded(session, DealStageChanged)
        assert "line_items" in event.data.changed
        # a deal that holds a product keeps it: the others' lines change as before
        url = f"/v1/deals/{deal['id']}"
        twice = [*lines[:2], {**lines[2], "quantity": "2"}]
        changed = await client.patch(url, json={"line_items": twice}, headers=ANY)
        assert changed.status_code == 200, changed.text
        costs = [one["unit_cost"] for one in changed.json()["line_items"]]
        assert costs == ["810.00", "100.00", None]
        refused = await client.post("/v1/deals", json={"title": "x", "line_items": lines})
        assert refused.status_code == 422
