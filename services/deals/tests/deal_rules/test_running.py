"""T3: events and conditions make actions: once per event, within limits, and written down."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.consumers import SUBSCRIPTIONS
from crm_deals.deals import queries, use_cases
from crm_deals.deals.models import Deal
from crm_deals.deals.use_cases import MoveOrder
from crm_deals.events import DealDeleted, DealStageChanged, DealUpdated
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal, make_pipeline, make_product, make_stage, stage_called
from crm_shared import context
from crm_shared.actor import SYSTEM_ACCESS, Access
from crm_shared.db.infrastructure import KNOWN_TEAMS, KNOWN_USERS
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.ids import new_id
from crm_shared.testing.events import announced

[hearing] = [one for one in SUBSCRIPTIONS if one.durable == "deals-rules-deals"]
[hearing_contacts] = [one for one in SUBSCRIPTIONS if one.durable == "deals-rules-contacts"]
MOVED = "crm.deals.deal.stage_changed.v1"
UPDATED = "crm.deals.deal.updated.v1"
ANY = {"If-Match": "*"}
ANN, BOB, HEAD, GONE, TEAM = (UUID(int=number) for number in range(1, 6))


@pytest_asyncio.fixture(autouse=True)
async def people(session: AsyncSession) -> None:
    """A team of three, of whom one has left, and its head."""
    for user_id in (ANN, BOB, HEAD, GONE):
        row = {
            "id": user_id,
            "role": "seller",
            "team_ids": [TEAM] if user_id != HEAD else [],
            "is_active": user_id != GONE,
            "revision": 1,
        }
        await session.execute(insert(KNOWN_USERS).values(row))
    team = {"id": TEAM, "head_id": HEAD, "is_active": True, "revision": 1}
    await session.execute(insert(KNOWN_TEAMS).values(team))
    await session.commit()


async def rule(client: httpx.AsyncClient, *actions: dict[str, Any], **values: Any) -> str:
    body = {"name": "Rule", "event_type": MOVED, "actions": list(actions), **values}
    answer = await client.post("/v1/deal-rules", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def a_deal(session: AsyncSession, pipeline: Pipeline, **values: Any) -> UUID:
    deal = make_deal(stage_called(pipeline, "New"), team_id=TEAM, owner_id=ANN, **values)
    session.add(deal)
    await session.commit()
    session.expunge_all()
    return deal.id


async def move(session: AsyncSession, access: Access, deal_id: UUID, stage_id: UUID) -> Any:
    await use_cases.move_deal(session, access, deal_id, MoveOrder(stage_id), expected=None)
    await session.commit()
    return (await announced(session))[-1]


async def hear(session: AsyncSession, *envelopes: Envelope[AnyEvent]) -> None:
    """Handle events as the worker's transaction does, each batch with a fresh look at the rules."""
    session.info.clear()
    session.expunge_all()
    await hearing.handle(session, envelopes)
    await session.commit()


async def runs(client: httpx.AsyncClient, rule_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"/v1/deal-rules/{rule_id}/runs")).json()
    return found


async def the_deal(session: AsyncSession, deal_id: UUID) -> Deal:
    session.expunge_all()
    return await queries.get_deal(session, SYSTEM_ACCESS, deal_id, deleted=True)


class TestT3Once:
    async def test_acts_with_one_revision_that_names_its_cause(
        self, client: httpx.AsyncClient, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        rule_id = await rule(
            client,
            {"do": "copy", "from": "amount", "to": "expected_amount"},
            {"do": "fill", "field": "channel", "value": "phone"},
            {"do": "move", "stage_id": str(stage_called(pipeline, "Proposal").id)},
            conditions={"field": "to_stage.label", "op": "eq", "value": "Qualified"},
        )
        deal_id = await a_deal(session, pipeline)
        moved = await move(session, access, deal_id, stage_called(pipeline, "Qualified").id)

        await hear(session, moved)

        done = (await announced(session))[-1]
        assert (done.type, done.revision, done.causationid) == (MOVED, 3, moved.id)
        assert done.correlationid == moved.correlationid
        deal = await the_deal(session, deal_id)
        assert (deal.expected_amount, deal.channel, deal.stage_label) == (
            Decimal("12500.00"),
            "phone",
            "Proposal",
        )
        [run] = await runs(client, rule_id)
        assert (run["outcome"], run["reason"], run["event_id"]) == ("done", None, str(moved.id))

    async def test_does_it_once_however_often_the_event_comes(
        self, client: httpx.AsyncClient, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        rule_id = await rule(client, {"do": "assign", "how": "round_robin"})
        deal_id = await a_deal(session, pipeline)
        moved = await move(session, access, deal_id, stage_called(pipeline, "Qualified").id)

        for _again in range(3):
            await hear(session, moved, moved)

        assert len(await runs(client, rule_id)) == 1
        assert len([one for one in await announced(session) if one.type == UPDATED]) <= 1

    async def test_is_silent_on_imports_unless_the_rule_says_otherwise(
        self, client: httpx.AsyncClient, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        fill = {"do": "fill", "field": "source", "value": "import"}
        quiet = await rule(client, {"do": "fill", "field": "channel", "value": "x"})
        loud = await rule(client, fill, on_bulk=True)
        deal_id = await a_deal(session, pipeline)
        with context.as_bulk():
            moved = await move(session, access, deal_id, stage_called(pipeline, "Qualified").id)

        await hear(session, moved)

        assert (len(await runs(client, quiet)), len(await runs(client, loud))) == (0, 1)

    async def test_stops_at_once_when_it_is_switched_off(
        self, client: httpx.AsyncClient, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        rule_id = await rule(client, {"do": "fill", "field": "channel", "value": "x"})
        deal_id = await a_deal(session, pipeline)
        await hear(
            session, await move(session, access, deal_id, stage_called(pipeline, "Qualified").id)
        )
        await client.patch(f"/v1/deal-rules/{rule_id}", json={"is_active": False}, headers=ANY)
        await hear(
            session, await move(session, access, deal_id, stage_called(pipeline, "Proposal").id)
        )

        assert len(await runs(client, rule_id)) == 1

    async def test_acts_in_the_order_of_priorities(
        self, client: httpx.AsyncClient, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        await rule(client, {"do": "fill", "field": "source", "value": "late"}, priority=5)
        await rule(client, {"do": "fill", "field": "source", "value": "early"}, priority=-5)
        deal_id = await a_deal(session, pipeline)

        await hear(
            session, await move(session, access, deal_id, stage_called(pipeline, "Qualified").id)
        )

        assert (await the_deal(session, deal_id)).source == "late"


class TestT3Limits:
    async def test_a_circle_of_rules_comes_to_rest_and_the_log_says_why(
        self, client: httpx.AsyncClient, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        one, two = stage_called(pipeline, "Qualified"), stage_called(pipeline, "Proposal")
        there = await rule(
            client,
            {"do": "move", "stage_id": str(two.id)},
            conditions={"field": "to_stage.id", "op": "eq", "value": str(one.id)},
        )
        back = await rule(
            client,
            {"do": "move", "stage_id": str(one.id)},
            conditions={"field": "to_stage.id", "op": "eq", "value": str(two.id)},
        )
        deal_id = await a_deal(session, pipeline)
        last = await move(session, access, deal_id, one.id)

        heard = 0
        while heard < 20:
            await hear(session, last)
            newest = (await announced(session))[-1]
            if newest.id == last.id:
                break
            last, heard = newest, heard + 1

        assert heard == 5
        reasons = [run["reason"] for name in (there, back) for run in await runs(client, name)]
        assert [one for one in reasons if one] == ["too-deep: 5 rules in a row led here"]

    async def test_a_chain_through_other_services_ends_too(
        self, client: httpx.AsyncClient, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        rule_id = await rule(client, {"do": "assign", "how": "round_robin"})
        deal_id = await a_deal(session, pipeline)
        moved = await move(session, access, deal_id, stage_called(pipeline, "Qualified").id)

        for _time in range(5):
            # another event of the same chain, caused by something that is not known here
            again = moved.model_copy(update={"id": new_id(), "causationid": new_id()})
            await hear(session, again)

        outcomes = [run["outcome"] for run in await runs(client, rule_id)]
        assert (outcomes.count("done"), outcomes.count("skipped")) == (3, 2)

    @pytest.mark.parametrize(
        ("action", "reason"),
        [
            ({"do": "move", "stage": "Guarded"}, "requirements-unmet: /company_id"),
            ({"do": "move", "stage": "Closed"}, "forbidden-by-validation: /owner_id"),
            ({"do": "assign", "how": "team_head", "team_id": str(new_id())}, "nobody-to-assign"),
            ({"do": "fill", "field": "channel", "value": None}, "nothing-to-change"),
            ({"do": "create_payment", "amount": "0"}, "nothing-to-pay"),
        ],
    )
    async def test_what_refuses_people_refuses_rules_and_nothing_is_half_done(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        access: Access,
        action: dict[str, Any],
        reason: str,
    ) -> None:
        pipeline = make_pipeline(
            make_stage("New"),
            make_stage("Qualified"),
            make_stage("Guarded", required_fields=["company_id"]),
            make_stage("Closed", outcome="won"),
        )
        session.add(pipeline)
        await session.commit()
        if stage := action.pop("stage", None):
            action = {**action, "stage_id": str(stage_called(pipeline, stage).id)}
        rule_id = await rule(client, {"do": "fill", "field": "source", "value": "rule"}, action)
        if reason == "nothing-to-change":
            await client.patch(f"/v1/deal-rules/{rule_id}", json={"actions": [action]}, headers=ANY)
        forbidden = {"name": "x", "on": ["outcome"], "demands": [{"check": "owner_present"}]}
        await client.post("/v1/deal-rules/validations", json=forbidden)
        deal_id = await a_deal(session, pipeline)
        await session.execute(text("UPDATE deals SET owner_id = NULL"))
        moved = await move(session, access, deal_id, stage_called(pipeline, "Qualified").id)

        await hear(session, moved)

        [run] = await runs(client, rule_id)
        assert (run["outcome"], run["reason"]) == ("skipped", reason)
        assert (await the_deal(session, deal_id)).source is None
        assert (await announced(session))[-1].id == moved.id

    async def test_a_move_that_needs_consent_asks_for_it(
        self, client: httpx.AsyncClient, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        won = stage_called(pipeline, "Won").id
        policy = {
            "name": "x",
            "kind": "stage",
            "stage_ids": [str(won)],
            "steps": [{"approvers": [{"team_head": True}]}],
        }
        await client.post("/v1/approvals/policies", json=policy)
        rule_id = await rule(client, {"do": "move", "stage_id": str(won)})
        deal_id = await a_deal(session, pipeline)

        await hear(
            session, await move(session, access, deal_id, stage_called(pipeline, "Qualified").id)
        )

        [run] = await runs(client, rule_id)
        [approval] = (await client.get("/v1/approvals")).json()["items"]
        assert run["reason"] == f"approval-requested: {approval['id']}"
        assert approval["approver_ids"] == [str(HEAD)]


class TestT3Actions:
    @pytest.mark.parametrize(
        ("how", "owners"),
        [("round_robin", [ANN, BOB, ANN]), ("team_head", [HEAD] * 3), ("least_busy", [BOB] * 3)],
    )
    async def test_give_deals_to_people_who_work_here(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        access: Access,
        pipeline: Pipeline,
        how: str,
        owners: list[UUID],
    ) -> None:
        await rule(client, {"do": "assign", "how": how})
        given = []
        for number in range(3):
            deal_id = await a_deal(session, pipeline)
            busy = await a_deal(session, pipeline)
            assert busy != deal_id, number
            await hear(
                session,
                await move(session, access, deal_id, stage_called(pipeline, "Qualified").id),
            )
            given.append((await the_deal(session, deal_id)).owner_id)

        assert given == owners

    async def test_change_lines_and_discounts(
        self, client: httpx.AsyncClient, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        session.add(product := make_product(price=Decimal(100)))
        deal_id = await a_deal(session, pipeline)
        await rule(
            client,
            {"do": "add_line", "product_id": str(product.id), "quantity": "2"},
            {"do": "set_discount", "percent": "10"},
        )

        await hear(
            session, await move(session, access, deal_id, stage_called(pipeline, "Qualified").id)
        )

        deal = await the_deal(session, deal_id)
        assert (deal.amount, deal.line_items[0]["discount_value"]) == (Decimal(180), "10.00")

    async def test_draw_up_invoices_and_book_payments_that_a_validation_waits_for(
        self, client: httpx.AsyncClient, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        session.add(product := make_product(price=Decimal(100)))
        deal_id = await a_deal(session, pipeline, contact_id=new_id())
        won = stage_called(pipeline, "Won").id
        half = {"name": "x", "on": ["outcome"], "demands": [{"check": "payment_received"}]}
        half["demands"] = [{"check": "payment_received", "percent": 50}]
        await client.post("/v1/deal-rules/validations", json=half)
        await rule(
            client,
            {"do": "add_line", "product_id": str(product.id), "quantity": "3"},
            {"do": "create_invoice", "status": "issued", "due_in_days": 7},
            {"do": "create_payment", "percent": 50, "account": "bank"},
        )

        refused = await client.put(
            f"/v1/deals/{deal_id}/stage", json={"stage_id": str(won)}, headers=ANY
        )
        moved = await move(session, access, deal_id, stage_called(pipeline, "Qualified").id)
        for _twice in range(2):
            await hear(session, moved)
        done = await client.put(
            f"/v1/deals/{deal_id}/stage", json={"stage_id": str(won)}, headers=ANY
        )

        [invoice] = (await client.get("/v1/invoices")).json()["items"]
        [payment] = (await client.get("/v1/payments")).json()["items"]
        assert (invoice["status"], invoice["total"], payment["amount"]) == (
            "issued",
            "300.00",
            "150.00",
        )
        assert (refused.status_code, done.status_code) == (422, 200)

    async def test_tag_deals_that_a_validation_wants_tagged(
        self, client: httpx.AsyncClient, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        deal_id = await a_deal(session, pipeline, tags=["old", "cold"])
        proposal = {"stage_id": str(stage_called(pipeline, "Proposal").id)}
        demands = [{"check": "tags_present", "tags": ["hot", "old"]}]
        wanted = {"name": "x", "on": ["stage"], "stage_ids": [proposal["stage_id"]]}
        await client.post("/v1/deal-rules/validations", json={**wanted, "demands": demands})
        await rule(
            client,
            {"do": "add_tags", "tags": ["hot", "old"]},
            {"do": "remove_tags", "tags": ["cold"]},
        )

        refused = await client.put(f"/v1/deals/{deal_id}/stage", json=proposal, headers=ANY)
        await hear(
            session, await move(session, access, deal_id, stage_called(pipeline, "Qualified").id)
        )
        done = await client.put(f"/v1/deals/{deal_id}/stage", json=proposal, headers=ANY)

        assert refused.json()["errors"][0]["pointer"] == "/tags"
        assert (await the_deal(session, deal_id)).tags == ["old", "hot"]
        assert done.status_code == 200

    async def test_move_into_another_pipeline(
        self, client: httpx.AsyncClient, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        session.add(other := make_pipeline(label="Service", is_default=False))
        deal_id = await a_deal(session, pipeline)
        target = stage_called(other, "Proposal")
        await rule(client, {"do": "move", "stage_id": str(target.id)})

        await hear(
            session, await move(session, access, deal_id, stage_called(pipeline, "Qualified").id)
        )

        done = (await announced(session))[-1]
        assert done.type == DealStageChanged.type
        assert "pipeline_id" in done.data.as_dict()["changed"]
        assert (await the_deal(session, deal_id)).pipeline_id == other.id

    async def test_archive(
        self, client: httpx.AsyncClient, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        await rule(client, {"do": "archive"})
        deal_id = await a_deal(session, pipeline)

        await hear(
            session, await move(session, access, deal_id, stage_called(pipeline, "Qualified").id)
        )

        assert (await announced(session))[-1].type == DealDeleted.type
        assert (await the_deal(session, deal_id)).deleted_at is not None

    async def test_react_to_a_missed_call_and_a_task_done(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        missed = {
            "and": [
                {"field": "call.direction", "op": "eq", "value": "inbound"},
                {"field": "call.answered", "op": "eq", "value": False},
            ]
        }
        rule_id = await rule(
            client,
            {"do": "fill", "field": "expected_close_date", "in_days": 7},
            event_type="crm.contacts.call.logged.v1",
            conditions=missed,
        )
        deal_id = await a_deal(session, pipeline)
        for answered in (True, False):
            call = {"deal_id": str(deal_id), "direction": "inbound", "answered": answered}
            await hear_contacts(session, "crm.contacts.call.logged.v1", {"call": call})
        await hear_contacts(
            session,
            "crm.contacts.call.logged.v1",
            {"call": {"deal_id": None, "direction": "inbound", "answered": False}},
        )

        reasons = [run["reason"] for run in await runs(client, rule_id)]
        assert sorted(reasons, key=str) == [None, "no-deal: the event is about none"]
        due = (await the_deal(session, deal_id)).expected_close_date
        assert due == queries.today_of(session) + timedelta(days=7)
        assert len([one for one in await announced(session) if one.type == DealUpdated.type]) == 1


async def hear_contacts(session: AsyncSession, event_type: str, data: dict[str, Any]) -> None:
    now = (await session.execute(text("SELECT now()"))).scalar_one().isoformat()
    envelope = Envelope[AnyEvent].model_validate(
        {
            "id": new_id(),
            "source": "/crm/contacts",
            "type": event_type,
            "subject": new_id(),
            "time": now,
            "recordedtime": now,
            "dataschema": "x",
            "revision": 1,
            "actorid": new_id(),
            "correlationid": new_id(),
            "data": data,
        }
    )
    session.info.clear()
    session.expunge_all()
    await hearing_contacts.handle(session, [envelope])
    await session.commit()
