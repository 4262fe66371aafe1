"""DOC4, K38: moves and discounts that wait for consent: steps, quorum, deadline, delegation."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio
from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approvals import use_cases
from crm_deals.approvals.models import Approval
from crm_deals.events import DealStageChanged, DealUpdated
from crm_deals.events.automation import (
    ApprovalApproved,
    ApprovalDecided,
    ApprovalDelegated,
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalRejected,
    ApprovalRequested,
)
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal, make_product, set_policy, stage_called
from crm_shared.clock import utc_now
from crm_shared.db.infrastructure import KNOWN_TEAMS, KNOWN_USERS
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.plugin import KYIV, ClientAs

ANY = {"If-Match": "*"}
BOSS, SECOND, SELLER, ADMIN, TEAM = (new_id() for _ in range(5))


@pytest_asyncio.fixture(autouse=True)
async def people(session: AsyncSession) -> None:
    """A head and a second head, a seller and an administrator, all known here."""
    people = [(BOSS, "head"), (SECOND, "head"), (SELLER, "seller"), (ADMIN, "admin")]
    here: dict[str, Any] = {"team_ids": [TEAM], "is_active": True, "revision": 1}
    rows = [{"id": user_id, "role": role, **here} for user_id, role in people]
    await session.execute(insert(KNOWN_USERS).values(rows))
    team = {"id": TEAM, "head_id": BOSS, "is_active": True, "revision": 1}
    await session.execute(insert(KNOWN_TEAMS).values(team))
    await session.commit()


async def a_deal(session: AsyncSession, pipeline: Pipeline, **values: Any) -> UUID:
    stage = stage_called(pipeline, "Proposal")
    deal = make_deal(stage, owner_id=SELLER, team_id=TEAM, **values)
    session.add(deal)
    await session.commit()
    return deal.id


def as_(client_as: ClientAs, user_id: UUID, role: str = "head") -> httpx.AsyncClient:
    return client_as(role, user_id=user_id, team_ids=(TEAM,))


async def ask(client_as: ClientAs, deal_id: UUID, stage_id: UUID) -> httpx.Response:
    seller = as_(client_as, SELLER, "seller")
    url = f"/v1/deals/{deal_id}/stage"
    return await seller.put(url, json={"stage_id": str(stage_id)}, headers=ANY)


async def say(client: httpx.AsyncClient, approval_id: str, verb: str, **body: Any) -> Any:
    return await client.post(f"/v1/approvals/{approval_id}/{verb}", json=body)


class TestDOC4StageMoves:
    async def test_wait_for_consent_and_are_made_with_it_once(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        won = stage_called(pipeline, "Won").id
        await set_policy(client, stage_ids=[str(won)])
        deal_id = await a_deal(session, pipeline)

        asked = await ask(client_as, deal_id, won)
        again = await ask(client_as, deal_id, won)

        assert (asked.status_code, again.status_code) == (202, 202)
        assert asked.json()["id"] == again.json()["id"]
        assert asked.json()["approver_ids"] == [str(BOSS)]
        boss = as_(client_as, BOSS)
        done = await say(boss, asked.json()["id"], "approve")
        twice = await say(boss, asked.json()["id"], "approve")
        assert done.json()["state"] == "approved"
        assert done.json()["applied_at"] is not None
        assert twice.status_code == 409
        assert len(await recorded(session, DealStageChanged)) == 1
        assert (await client.get(f"/v1/deals/{deal_id}")).json()["outcome"] == "won"

    async def test_k38_tell_when_they_were_asked_and_decided(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        won = stage_called(pipeline, "Won").id
        await set_policy(client, stage_ids=[str(won)])
        deal_id = await a_deal(session, pipeline)
        first = (await ask(client_as, deal_id, won)).json()["id"]
        refused = await say(as_(client_as, BOSS), first, "reject", reason_code="too-cheap")
        second = (await ask(client_as, deal_id, won)).json()
        await say(as_(client_as, BOSS), second["id"], "approve")

        [rejected] = await recorded(session, ApprovalRejected)
        [approved] = await recorded(session, ApprovalApproved)
        requested = await recorded(session, ApprovalRequested)
        assert refused.json()["state"] == "rejected"
        assert rejected.data.approval.reason_code == "too-cheap"
        facts = approved.data.approval
        assert facts.decided_at is not None
        assert facts.decided_at >= facts.requested_at
        assert [one.data.approval.round for one in requested] == [1, 2]
        assert not facts.is_automatic
        assert "state" in approved.data.changed

    async def test_check_the_requirements_anew_when_they_are_made(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        won = stage_called(pipeline, "Won").id
        await set_policy(client, stage_ids=[str(won)])
        deal_id = await a_deal(session, pipeline)
        asked = (await ask(client_as, deal_id, won)).json()["id"]
        rule = {"name": "x", "on": ["outcome"], "demands": [{"check": "items_added"}]}
        await client.post("/v1/deal-rules/validations", json=rule)

        done = (await say(as_(client_as, BOSS), asked, "approve")).json()

        assert (done["state"], done["applied_at"]) == ("approved", None)
        assert done["refusal"] == "forbidden-by-validation"
        assert (await client.get(f"/v1/deals/{deal_id}")).json()["outcome"] == "open"

    async def test_are_not_made_when_the_deal_went_elsewhere_meanwhile(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        won = stage_called(pipeline, "Won").id
        await set_policy(client, stage_ids=[str(won)])
        deal_id = await a_deal(session, pipeline)
        asked = (await ask(client_as, deal_id, won)).json()["id"]
        await ask(client_as, deal_id, stage_called(pipeline, "New").id)
        repriced = await a_deal(session, pipeline)
        cheap = (await ask(client_as, repriced, won)).json()["id"]
        await client.patch(f"/v1/deals/{repriced}", json={"amount": "1"}, headers=ANY)

        done = [(await say(as_(client_as, BOSS), one, "approve")).json() for one in (asked, cheap)]

        assert [one["refusal"] for one in done] == ["changed-since-asked"] * 2

    async def test_ask_the_next_policy_with_the_consent_of_the_first(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        won = stage_called(pipeline, "Won").id
        await set_policy(client, stage_ids=[str(won)])
        await set_policy(client, steps=[{"approvers": [{"user_id": str(SECOND)}]}])
        deal_id = await a_deal(session, pipeline)
        first = (await ask(client_as, deal_id, won)).json()["id"]

        half = (await say(as_(client_as, BOSS), first, "approve")).json()
        second = as_(client_as, SECOND)
        [waiting] = (await second.get("/v1/approvals?state=pending")).json()["items"]
        done = (await say(second, waiting["id"], "approve")).json()

        assert (half["state"], half["refusal"]) == ("approved", "approval-needed")
        assert waiting["requested_by"] == str(SELLER)
        assert done["applied_at"] is not None
        assert (await client.get(f"/v1/deals/{deal_id}")).json()["outcome"] == "won"

        # the next policy is being asked about something else: the consent given here counts
        other = await a_deal(session, pipeline)
        last = (await ask(client_as, other, won)).json()["id"]
        await ask(client_as, other, stage_called(pipeline, "New").id)
        given = await say(as_(client_as, BOSS), last, "approve")
        assert (given.status_code, given.json()["refusal"]) == (200, "approval-pending")

    async def test_of_those_whose_wish_is_enough_are_made_and_kept_apart(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        await set_policy(client, automatic_for=["admin"])
        deal_id = await a_deal(session, pipeline)
        body = {"stage_id": str(stage_called(pipeline, "Won").id)}

        moved = await client.put(f"/v1/deals/{deal_id}/stage", json=body, headers=ANY)

        assert (moved.status_code, moved.json()["outcome"]) == (200, "won")
        [approved] = await recorded(session, ApprovalApproved)
        assert approved.data.approval.is_automatic


class TestDOC4Steps:
    async def test_need_their_quorum_one_after_the_other(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        heads = {"approvers": [{"role": "head"}], "quorum": 2}
        await set_policy(client, steps=[heads, {"approvers": [{"role": "admin"}]}])
        deal_id = await a_deal(session, pipeline)
        asked = (await ask(client_as, deal_id, stage_called(pipeline, "New").id)).json()["id"]

        one = (await say(as_(client_as, BOSS), asked, "approve")).json()
        more = await say(as_(client_as, BOSS), asked, "delegate", user_id=str(ADMIN))
        stranger = await say(as_(client_as, ADMIN, "admin"), asked, "approve")
        two = (await say(as_(client_as, SECOND), asked, "approve")).json()
        three = (await say(as_(client_as, ADMIN, "admin"), asked, "approve")).json()

        assert (one["step"], one["state"]) == (1, "pending")
        # one person with two voices would be the whole quorum
        assert more.json()["code"] == "answered-already"
        assert stranger.json()["code"] == "not-asked"
        assert (two["step"], two["approver_ids"]) == (2, [str(ADMIN)])
        assert (three["state"], three["applied_at"] is not None) == ("approved", True)
        assert len(await recorded(session, ApprovalDecided)) == 2

    async def test_never_ask_whoever_wishes_it(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        await set_policy(client, steps=[{"approvers": [{"user_id": str(BOSS)}]}])
        deal_id = await a_deal(session, pipeline)
        boss = as_(client_as, BOSS)
        body = {"stage_id": str(stage_called(pipeline, "New").id)}
        asked = (await boss.put(f"/v1/deals/{deal_id}/stage", json=body, headers=ANY)).json()

        own = await say(boss, asked["id"], "approve")

        assert asked["approver_ids"] == [str(ADMIN)]  # nobody else was named: administrators
        assert own.status_code == 403

    async def test_go_to_the_substitute_of_somebody_who_left(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        gone = update(KNOWN_USERS).where(KNOWN_USERS.c.id == BOSS).values(is_active=False)
        await session.execute(gone)
        await session.commit()
        named = {"user_id": str(BOSS), "substitute_id": str(SECOND)}
        await set_policy(client, steps=[{"approvers": [named]}])
        deal_id = await a_deal(session, pipeline)

        asked = (await ask(client_as, deal_id, stage_called(pipeline, "New").id)).json()

        assert asked["approver_ids"] == [str(SECOND)]

    async def test_go_to_the_substitute_while_somebody_is_away(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        """DOC4: asked instead of him from the first day on; what waited for him is handed on."""
        named = {"user_id": str(BOSS), "substitute_id": str(SECOND)}
        await set_policy(client, steps=[{"approvers": [named]}])
        *before, after = [await a_deal(session, pipeline) for _ in range(3)]
        stage_id = stage_called(pipeline, "New").id
        waiting, behind = [(await ask(client_as, one, stage_id)).json() for one in before]
        assert waiting["approver_ids"] == [str(BOSS)]
        past, today = (f"{utc_now().date() - timedelta(days=ago)}" for ago in (1, 0))
        until = f"{utc_now().astimezone(KYIV).date()}"  # where the API is, it is night already
        away = update(KNOWN_USERS).where(KNOWN_USERS.c.id == BOSS)
        await session.execute(away.values(absences=[{"start": past, "end": past}]))
        assert await use_cases.cover_absences(session, limit=1) == (0, None)
        await session.execute(away.values(absences=[{"start": today, "end": until}]))
        await session.commit()
        asked = (await ask(client_as, after, stage_id)).json()
        handed, last = await use_cases.cover_absences(session, limit=1)
        assert (handed, await use_cases.cover_absences(session, after=last)) == (1, (1, None))
        await session.commit()
        second = as_(client_as, SECOND)
        for one in (asked, waiting, behind):
            done = await say(second, one["id"], "approve")
            assert done.json()["state"] == "approved"
            [decision] = (await second.get(f"/v1/approvals/{one['id']}")).json()["decisions"]
            assert (decision["user_id"], decision["on_behalf_of"]) == (str(SECOND), str(BOSS))

        assert asked["approver_ids"] == [str(SECOND)]
        told = {str(one.subject) for one in await recorded(session, ApprovalDelegated)}
        assert told == {waiting["id"], behind["id"]}

    async def test_are_handed_to_somebody_else(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        own = {"approvers": [{"user_id": str(SECOND)}]}
        await set_policy(client, steps=[{"approvers": [{"team_head": True}]}, own])
        deal_id = await a_deal(session, pipeline)
        asked = (await ask(client_as, deal_id, stage_called(pipeline, "New").id)).json()["id"]
        boss, second = as_(client_as, BOSS), as_(client_as, SECOND)

        to_asker = await say(boss, asked, "delegate", user_id=str(SELLER))
        await say(boss, asked, "delegate", user_id=str(SECOND))
        await say(second, asked, "delegate", user_id=str(BOSS))
        handed = await say(boss, asked, "delegate", user_id=str(SECOND))
        late = await say(boss, asked, "approve")
        await say(second, asked, "approve")
        done = await say(second, asked, "approve")

        assert to_asker.status_code == 422
        assert handed.json()["approver_ids"] == [str(SECOND)]
        assert late.status_code == 403
        assert done.json()["state"] == "approved"
        decisions = (await boss.get(f"/v1/approvals/{asked}")).json()["decisions"]
        # in the second step he was asked himself
        assert [one["on_behalf_of"] for one in decisions] == [str(BOSS), None]
        assert len(await recorded(session, ApprovalDelegated)) == 3

    async def test_escalate_at_the_deadline_and_expire_at_the_next(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        step = {
            "approvers": [{"team_head": True}],
            "deadline_hours": 4,
            "on_deadline": "escalate",
            "escalate_to": [{"user_id": str(SECOND)}],
        }
        await set_policy(client, steps=[step])
        deal_id = await a_deal(session, pipeline)
        await ask(client_as, deal_id, stage_called(pipeline, "New").id)
        past = update(Approval).values(due_at=utc_now() - timedelta(minutes=1))

        assert await use_cases.end_overdue(session) == 0
        for _deadline in range(2):
            await session.execute(past)
            session.expunge_all()
            assert await use_cases.end_overdue(session) == 1
        assert await use_cases.end_overdue(session) == 0

        [escalated] = await recorded(session, ApprovalEscalated)
        [expired] = await recorded(session, ApprovalExpired)
        assert escalated.data.approval.is_escalated
        assert expired.data.approval.state == "expired"
        row = (await session.execute(text("SELECT approver_ids FROM approvals"))).scalar_one()
        assert set(row) == {BOSS, SECOND}


class TestDOC4Discounts:
    async def test_above_the_limit_wait_and_below_do_not(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        await set_policy(client, kind="discount", limit_percent="15")
        session.add(product := make_product(price=Decimal(100)))
        deal_id = await a_deal(session, pipeline)
        seller = as_(client_as, SELLER, "seller")

        def lines(percent: str) -> dict[str, Any]:
            line = {
                "product_id": str(product.id),
                "discount_type": "percent",
                "discount_value": percent,
            }
            return {"line_items": [line]}

        url = f"/v1/deals/{deal_id}"
        small = await seller.patch(url, json=lines("15"), headers=ANY)
        large = await seller.patch(url, json=lines("40"), headers=ANY)
        other = await seller.patch(url, json=lines("50"), headers=ANY)
        before = (await seller.get(url)).json()
        done = (await say(as_(client_as, BOSS), large.json()["id"], "approve")).json()
        after = (await seller.get(url)).json()
        smaller = await seller.patch(url, json=lines("30"), headers=ANY)

        assert (small.status_code, large.status_code, other.status_code) == (200, 202, 409)
        assert large.json()["discount_percent"] == "40.00"
        assert (before["amount"], after["amount"]) == ("85.00", "60.00")
        assert done["applied_at"] is not None
        assert smaller.status_code == 200
        assert len(await recorded(session, DealUpdated)) == 3

    async def test_are_refused_in_a_new_deal_that_nobody_could_be_asked_about(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        await set_policy(client, kind="discount", limit_percent="15")
        session.add(product := make_product())
        await session.commit()
        line = {"product_id": str(product.id), "discount_type": "percent", "discount_value": "20"}
        off_all = {
            "line_items": [{"product_id": str(product.id)}],
            "discount": {"type": "percent", "value": "20"},
        }

        refused = await client.post("/v1/deals", json={"title": "x", "line_items": [line]})
        too = await client.post("/v1/deals", json={"title": "x", **off_all})

        assert (refused.status_code, refused.json()["code"]) == (409, "approval-needed")
        assert too.json()["code"] == "approval-needed"

    async def test_need_a_limit(self, client: httpx.AsyncClient) -> None:
        body = {"name": "x", "kind": "discount", "steps": [{"approvers": [{"team_head": True}]}]}
        answer = await client.post("/v1/approvals/policies", json=body)
        assert answer.json()["errors"][0]["pointer"] == "/limit_percent"

    async def test_name_places_that_are_there_and_a_quorum_that_can_be_met(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        """DOC4, T3, T4: what names nothing would never hold, and nobody would see why."""
        nowhere, won = str(new_id()), str(stage_called(pipeline, "Won").id)
        step: dict[str, Any] = {"approvers": [{"team_head": True}]}
        consent = {"name": "x", "kind": "stage", "steps": [step]}
        forbids = {"name": "x", "on": ["stage"], "demands": [{"check": "owner_present"}]}
        wakes: dict[str, Any] = {"name": "x", "event_type": "crm.deals.deal.created.v1"}
        wakes["actions"] = [{"do": "archive"}]
        policies, validations = "/v1/approvals/policies", "/v1/deal-rules/validations"
        for path, body, pointer in (
            (policies, {**consent, "stage_ids": [won, nowhere]}, "/stage_ids/1"),
            (policies, {**consent, "pipeline_id": nowhere}, "/pipeline_id"),
            (policies, {**consent, "steps": [{**step, "quorum": 2}]}, "/steps/0"),
            (validations, {**forbids, "stage_ids": [nowhere]}, "/stage_ids/0"),
            (validations, {**forbids, "pipeline_id": nowhere}, "/pipeline_id"),
            ("/v1/deal-rules", {**wakes, "pipeline_id": nowhere}, "/pipeline_id"),
        ):
            refused = await client.post(path, json=body)
            assert refused.status_code == 422, (path, body, refused.text)
            assert refused.json()["errors"][0]["pointer"] == pointer
        of_a_role = {**step, "approvers": [{"role": "head"}], "quorum": 2}
        taken = await client.post(
            policies, json={**consent, "stage_ids": [won], "steps": [of_a_role]}
        )
        assert taken.status_code == 201, taken.text


class TestDOC4Sight:
    async def test_is_of_those_who_ask_are_asked_or_own_the_deal(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        await set_policy(client, steps=[{"approvers": [{"user_id": str(SECOND)}]}])
        deal_id = await a_deal(session, pipeline)
        new = stage_called(pipeline, "New").id
        asked = (await ask(client_as, deal_id, new)).json()["id"]
        outsider = client_as("seller")
        second = client_as("head", user_id=SECOND)  # of no team: asked is enough

        assert (await second.get(f"/v1/approvals/{asked}")).status_code == 200
        assert (await outsider.get(f"/v1/approvals/{asked}")).status_code == 404
        assert (await say(outsider, asked, "approve")).status_code == 404
        assert (await outsider.get("/v1/approvals")).json()["items"] == []
        # handed over: the request goes with its deal, and tells his former head no more of it
        heir_id = new_id()
        boss, heir = as_(client_as, BOSS), client_as("seller", user_id=heir_id)
        assert (await boss.get(f"/v1/approvals/{asked}")).status_code == 200
        moved = {"heir": heir_id, "id": deal_id}
        await session.execute(
            text("UPDATE deals SET owner_id = :heir, team_id = NULL WHERE id = :id"), moved
        )
        await session.commit()
        assert (await boss.get(f"/v1/approvals/{asked}")).status_code == 404
        assert (await heir.get(f"/v1/approvals/{asked}")).status_code == 200
        mine = await say(second, asked, "withdraw")
        withdrawn = await say(as_(client_as, SELLER, "seller"), asked, "withdraw")
        assert (mine.status_code, withdrawn.json()["state"]) == (403, "withdrawn")

        # what was written beside an answer is in no event
        again = (await ask(client_as, await a_deal(session, pipeline), new)).json()["id"]
        await say(second, again, "approve", note="Kovalenko agreed")
        assert not any("Kovalenko" in one.model_dump_json() for one in await announced(session))
