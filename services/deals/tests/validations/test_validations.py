"""T4: rules that forbid a change and say why, on every way a deal can change."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.configuration.queries import guard_mark
from crm_deals.consumers.work import CallEvent, TaskEvent, keep_calls, keep_tasks
from crm_deals.deals import use_cases
from crm_deals.deals.use_cases import DealImport, MoveOrder
from crm_deals.events.automation import ValidationCreated, ValidationUpdated
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal, stage_called
from crm_shared.actor import Access
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, envelope_of, recorded
from crm_shared.testing.plugin import ClientAs
from crm_shared.validations.errors import ForbiddenByValidationError

ROUTE = "/v1/deal-rules/validations"
ANY = {"If-Match": "*"}


class TaskTold(TaskEvent, type="crm.contacts.task.updated.v1"):
    """A task as contacts tells of it."""


class CallTold(CallEvent, type="crm.contacts.call.logged.v1"):
    """A call as contacts tells of it."""


def a_task(deal_id: UUID, status: str) -> TaskTold:
    who = {"due_at": None, "assignee_id": None}
    facts = {"deal_id": deal_id, "status": status, "kind": "todo", **who}
    return TaskTold.model_validate({"task": facts})


def a_call(deal_id: UUID) -> CallTold:
    return CallTold.model_validate(
        {"call": {"deal_id": deal_id, "answered": True, "direction": "outbound", "owner_id": None}}
    )


async def forbid(client: httpx.AsyncClient, **values: Any) -> dict[str, Any]:
    body = {"name": "House rule", "on": ["outcome"], **values}
    answer = await client.post(ROUTE, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def a_deal(session: AsyncSession, pipeline: Pipeline, **values: Any) -> UUID:
    deal = make_deal(stage_called(pipeline, "Proposal"), **values)
    session.add(deal)
    await session.commit()
    return deal.id


async def move(client: httpx.AsyncClient, deal_id: UUID, stage_id: UUID) -> httpx.Response:
    url = f"/v1/deals/{deal_id}/stage"
    return await client.put(url, json={"stage_id": str(stage_id)}, headers=ANY)


class TestT4Forbids:
    async def test_a_move_and_says_why_in_three_languages(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        made = await forbid(
            client, demands=[{"check": "field_filled", "field": "expected_close_date"}]
        )
        deal_id = await a_deal(session, pipeline)

        refused = await move(client, deal_id, stage_called(pipeline, "Won").id)

        assert refused.status_code == 422
        problem = refused.json()
        assert problem["code"] == "forbidden-by-validation"
        assert problem["errors"][0]["pointer"] == "/expected_close_date"
        [why] = problem["refusals"]
        assert why["validation_id"] == made["id"]
        assert {"en", "uk", "ru"} <= why.keys()
        assert "заповнене" in why["uk"]
        assert (await client.get(f"/v1/deals/{deal_id}")).json()["outcome"] == "open"

    async def test_with_the_company_s_own_words(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        words = {"en": "Add the goods first.", "uk": "Спершу додайте товари."}
        await forbid(client, demands=[{"check": "items_added"}], messages=words)
        deal_id = await a_deal(session, pipeline)

        problem = (await move(client, deal_id, stage_called(pipeline, "Won").id)).json()

        [why] = problem["refusals"]
        assert (why["en"], why["uk"], why["ru"]) == (words["en"], words["uk"], words["en"])

    async def test_only_what_it_is_about(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        await forbid(
            client,
            on=["stage"],
            stage_ids=[str(stage_called(pipeline, "Qualified").id)],
            conditions={"field": "amount", "op": "gt", "value": "1000000"},
        )
        deal_id = await a_deal(session, pipeline)

        moved = await move(client, deal_id, stage_called(pipeline, "Qualified").id)

        assert moved.status_code == 200

    async def test_archiving_changing_and_creating(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        deal_id = await a_deal(session, pipeline)
        await forbid(client, on=["archive"], demands=[{"check": "field_filled", "field": "source"}])
        await forbid(client, on=["field"], fields=["currency"])
        await forbid(client, on=["create"], demands=[{"check": "owner_present"}])
        url = f"/v1/deals/{deal_id}"

        archived = await client.delete(url, headers=ANY)
        changed = await client.patch(url, json={"currency": "EUR"}, headers=ANY)
        other = await client.patch(url, json={"amount": "1.00"}, headers=ANY)
        made = await client.post("/v1/deals", json={"title": "x", "owner_id": None})
        both = await client.post(
            "/v1/deals/batch",
            json={"items": [{"title": "x", "owner_id": None}, {"title": "y"}]},
        )

        assert [one.status_code for one in (archived, changed, other, made)] == [422, 422, 200, 422]
        assert [one["status"] for one in both.json()["results"]] == [422, 201]

    async def test_more_than_a_user_may_hold(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        owner_id = str(new_id())
        await forbid(client, on=["create"], demands=[{"check": "limit_per_user", "at_most": 1}])

        body = {"title": "a", "owner_id": owner_id}
        at_once = await asyncio.gather(*(client.post("/v1/deals", json=body) for _ in range(4)))
        later = await client.post("/v1/deals", json=body)

        statuses = sorted(one.status_code for one in at_once)
        assert (statuses, later.status_code) == ([201, 422, 422, 422], 422)

    async def test_more_than_a_stage_may_hold_of_ones_own_also_for_moves_at_once(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        limit = {"check": "limit_per_user", "at_most": 1, "within": "stage"}
        await forbid(client, on=["stage"], demands=[limit])
        owner_id, new = new_id(), stage_called(pipeline, "New").id
        deals = [await a_deal(session, pipeline, owner_id=owner_id) for _ in range(4)]

        moved = await asyncio.gather(*(move(client, one, new) for one in deals))

        assert sorted(one.status_code for one in moved) == [200, 422, 422, 422]

    async def test_a_win_without_task_and_call_until_contacts_tells_of_them(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        deal_id = await a_deal(session, pipeline)
        won = stage_called(pipeline, "Won").id
        await forbid(
            client, demands=[{"check": "task_present", "state": "done"}, {"check": "call_present"}]
        )

        refused = await move(client, deal_id, won)
        task = envelope_of(a_task(deal_id, "done"))
        call = envelope_of(a_call(deal_id))
        for _twice in range(2):
            await keep_tasks(session, [task])
            await keep_calls(session, [call])
        await session.commit()
        moved = await move(client, deal_id, won)

        assert {one["code"] for one in refused.json()["errors"]} == {"task_present", "call_present"}
        assert moved.status_code == 200

    async def test_an_older_event_of_a_task_changes_nothing(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        deal_id = await a_deal(session, pipeline)
        await forbid(client, demands=[{"check": "task_present", "state": "done"}])
        task_id = new_id()
        for revision, status in ((2, "done"), (1, "open")):
            event = envelope_of(a_task(deal_id, status), subject=task_id, revision=revision)
            await keep_tasks(session, [event])
        await session.commit()

        assert (await move(client, deal_id, stage_called(pipeline, "Won").id)).status_code == 200

    async def test_imports_too_unless_it_says_otherwise(
        self,
        client: httpx.AsyncClient,
        sessions: Sessions,
        access: Access,
        pipeline: Pipeline,
    ) -> None:
        made = await forbid(client, on=["create"], demands=[{"check": "owner_present"}])
        row = DealImport(
            {"title": "Old", "source_system": "old", "external_id": "1", "owner_id": None}, None
        )

        async with sessions.begin() as session:
            with pytest.raises(ForbiddenByValidationError):
                await use_cases.import_deals(session, [row], currency="UAH")
        await client.patch(f"{ROUTE}/{made['id']}", json={"on_import": False}, headers=ANY)
        async with sessions.begin() as session:
            assert await use_cases.import_deals(session, [row], currency="UAH") == ["created"]

    async def test_at_once_and_not_a_moment_longer_in_another_process(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        access: Access,
        pipeline: Pipeline,
    ) -> None:
        deal_id = await a_deal(session, pipeline)
        won, lost = stage_called(pipeline, "Won").id, stage_called(pipeline, "Lost").id
        # this session stands for another process: it has read its catalogue
        await use_cases.move_deal(
            session,
            access,
            deal_id,
            MoveOrder(stage_called(pipeline, "New").id),
            expected=None,
        )
        await session.commit()
        made = await forbid(client)

        with pytest.raises(ForbiddenByValidationError):
            await use_cases.move_deal(session, access, deal_id, MoveOrder(won), expected=None)
        await session.rollback()
        await client.delete(f"{ROUTE}/{made['id']}", headers=ANY)

        gone = await use_cases.move_deal(session, access, deal_id, MoveOrder(lost), expected=None)
        assert gone.outcome == "lost"


class TestT4Validations:
    async def test_are_announced_without_their_words(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        made = await forbid(client, messages={"en": "Secret sauce"})
        await client.patch(f"{ROUTE}/{made['id']}", json={"is_active": False}, headers=ANY)

        assert len(await recorded(session, ValidationCreated)) == 1
        [updated] = await recorded(session, ValidationUpdated)
        assert updated.data.changed == ["is_active"]
        told = [envelope.model_dump_json() for envelope in await announced(session)]
        assert not any("Secret" in one or "House" in one for one in told)

    @pytest.mark.parametrize(
        ("values", "pointer"),
        [
            ({"demands": [{"check": "field_filled", "field": "colour"}]}, "/demands/0/field"),
            ({"conditions": {"field": "colour", "op": "eq", "value": 1}}, "/conditions"),
            ({"fields": ["colour"]}, "/fields/0"),
            ({"on": ["sunset"]}, "/on/0"),
            ({"demands": [{"check": "moon"}]}, "/demands/0"),
        ],
    )
    async def test_name_what_is_wrong_with_them(
        self, client: httpx.AsyncClient, values: dict[str, Any], pointer: str
    ) -> None:
        answer = await client.post(ROUTE, json={"name": "x", "on": ["stage"], **values})

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"].startswith(pointer)

    async def test_are_read_anew_when_a_custom_field_is_archived_or_comes_back(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        route = "/v1/deals/custom-fields"
        field = {"key": "delivery", "type": "text", "labels": {"en": "Delivery"}}
        marks = [await guard_mark(session)]
        made = (await client.post(route, json=field)).json()
        marks.append(await guard_mark(session))
        await client.delete(f"{route}/{made['id']}", headers=ANY)
        marks.append(await guard_mark(session))
        await client.post(f"{route}/{made['id']}/restore", headers=ANY)
        marks.append(await guard_mark(session))

        assert sorted(set(marks)) == marks

    async def test_are_written_by_administrators_only(self, client_as: ClientAs) -> None:
        for role in ("head", "seller", "viewer"):
            answer = await client_as(role).post(ROUTE, json={"name": "x", "on": ["stage"]})
            assert answer.status_code == 403

    async def test_are_put_by_external_id(self, client: httpx.AsyncClient) -> None:
        url = f"{ROUTE}/by-external/preset/b2b-1"
        body = {"name": "x", "on": ["stage"]}
        results = [
            (await client.put(url, json=one)).headers["Crm-Result"]
            for one in (body, body, {**body, "name": "y"})
        ]
        assert results == ["created", "unchanged", "updated"]
