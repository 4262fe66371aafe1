"""Tasks over HTTP."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import TaskCancelled, TaskCompleted, TaskCreated, TaskUpdated
from crm_contacts.testing import make_task, make_user
from crm_shared.actor import Actor
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs

CALL: dict[str, Any] = {
    "title": "Зателефонувати Тарасові",
    "kind": "call",
    "due_at": "2026-12-01T09:00:00+02:00",
}


class TestCreateTask:
    async def test_is_for_whoever_asks_and_announced_without_its_title(
        self, client: httpx.AsyncClient, session: AsyncSession, actor: Actor
    ) -> None:
        deal_id = new_id()

        answer = await client.post("/v1/tasks", json={**CALL, "deal_id": str(deal_id)})

        assert answer.status_code == 201, answer.text
        assert answer.json()["assignee_id"] == str(actor.id)
        assert answer.json()["due_at"] == "2026-12-01T07:00:00Z"
        [envelope] = await recorded(session, TaskCreated)
        assert envelope.data.task.deal_id == deal_id
        assert envelope.data.task.owner_id == envelope.data.task.assignee_id == actor.id
        assert "Тарасові" not in envelope.model_dump_json()

    async def test_belongs_to_the_team_of_its_assignee(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        team_id = new_id()
        session.add(seller := make_user(team_ids=[team_id]))
        await session.commit()

        answer = await client.post("/v1/tasks", json={**CALL, "assignee_id": str(seller.id)})

        assert answer.json()["team_id"] == str(team_id)

    async def test_refuses_a_seller_who_gives_work_to_others(self, client_as: ClientAs) -> None:
        answer = await client_as("seller").post(
            "/v1/tasks", json={**CALL, "assignee_id": str(new_id())}
        )

        assert (answer.status_code, answer.json()["code"]) == (403, "outside-scope")

    async def test_is_not_for_viewers(self, client_as: ClientAs) -> None:
        assert (await client_as("viewer").post("/v1/tasks", json=CALL)).status_code == 403

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"title": ""}, "/title"),
            ({"kind": "Call Taras!"}, "/kind"),
            ({"due_at": "2026-12-01T09:00:00"}, "/due_at"),
            ({"priority": "urgent"}, "/priority"),
        ],
    )
    async def test_names_the_field_that_is_wrong(
        self, client: httpx.AsyncClient, change: dict[str, Any], pointer: str
    ) -> None:
        answer = await client.post("/v1/tasks", json={**CALL, **change})

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer


class TestMoveTask:
    async def test_is_done_and_then_open_again(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(task := make_task())
        await session.commit()
        path = f"/v1/tasks/{task.id}"

        done = await client.post(f"{path}/complete", headers={"If-Match": '"1"'})
        opened = await client.post(f"{path}/reopen", headers={"If-Match": '"2"'})

        assert done.json()["status"] == "done"
        assert done.json()["completed_at"] is not None
        assert (opened.json()["status"], opened.json()["completed_at"]) == ("open", None)
        [completed] = await recorded(session, TaskCompleted)
        assert completed.data.previous == {"status": "open"}
        [reopened] = await recorded(session, TaskUpdated)
        assert reopened.data.previous == {"status": "done"}

    async def test_is_called_off(self, client: httpx.AsyncClient, session: AsyncSession) -> None:
        session.add(task := make_task())
        await session.commit()

        answer = await client.post(f"/v1/tasks/{task.id}/cancel", headers={"If-Match": "*"})

        assert answer.json()["status"] == "cancelled"
        assert len(await recorded(session, TaskCancelled)) == 1

    @pytest.mark.parametrize(("verb", "status"), [("complete", "done"), ("cancel", "cancelled")])
    async def test_refuses_a_closed_task(
        self, client: httpx.AsyncClient, session: AsyncSession, verb: str, status: str
    ) -> None:
        session.add(task := make_task(status=status))
        await session.commit()

        answer = await client.post(f"/v1/tasks/{task.id}/{verb}", headers={"If-Match": "*"})

        assert (answer.status_code, answer.json()["code"]) == (409, "task-closed")

    async def test_refuses_to_reopen_an_open_task(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(task := make_task())
        await session.commit()

        answer = await client.post(f"/v1/tasks/{task.id}/reopen", headers={"If-Match": "*"})

        assert (answer.status_code, answer.json()["code"]) == (409, "task-open")

    async def test_says_404_for_a_task_of_somebody_else(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        session.add(task := make_task(assignee_id=new_id()))
        await session.commit()

        async with silence(session):
            answer = await client_as("seller").post(
                f"/v1/tasks/{task.id}/complete", headers={"If-Match": "*"}
            )

        assert answer.status_code == 404


class TestUpdateTask:
    async def test_announces_a_new_assignee(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        before, after = new_id(), new_id()
        session.add(task := make_task(assignee_id=before))
        await session.commit()

        await client.patch(
            f"/v1/tasks/{task.id}",
            json={"assignee_id": str(after)},
            headers={"If-Match": '"1"'},
        )

        [envelope] = await recorded(session, TaskUpdated)
        assert envelope.data.task.assignee_id == after
        assert envelope.data.previous == {"assignee_id": str(before)}

    async def test_refuses_a_stale_revision(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(task := make_task())
        await session.commit()

        async with silence(session):
            answer = await client.patch(
                f"/v1/tasks/{task.id}", json={"kind": "visit"}, headers={"If-Match": '"9"'}
            )

        assert answer.status_code == 412


class TestListTasks:
    async def test_finds_what_belongs_to_a_deal(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        deal_id, contact_id = new_id(), new_id()
        session.add_all(
            [make_task("ця", deal_id=deal_id, contact_id=contact_id), make_task("інша")]
        )
        await session.commit()

        for asked in (f"deal_id={deal_id}", f"contact_id={contact_id}"):
            answer = await client.get(f"/v1/tasks?{asked}&status=open")
            assert [one["title"] for one in answer.json()["items"]] == ["ця"]

    async def test_finds_what_is_overdue(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        late = utc_now() - timedelta(days=1)
        session.add_all(
            [
                make_task("пізно", due_at=late),
                make_task("згодом", due_at=utc_now() + timedelta(days=1)),
                make_task("колись"),
                make_task("було", due_at=late, status="done"),
            ]
        )
        await session.commit()

        overdue = await client.get("/v1/tasks?is_overdue=true")
        others = await client.get("/v1/tasks?is_overdue=false")

        assert [one["title"] for one in overdue.json()["items"]] == ["пізно"]
        assert len(others.json()["items"]) == 3

    async def test_shows_an_accountant_only_his_own(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        me = new_id()
        session.add_all([make_task("моя", assignee_id=me), make_task(assignee_id=new_id())])
        await session.commit()

        answer = await client_as("accountant", user_id=me).get("/v1/tasks")

        assert [one["title"] for one in answer.json()["items"]] == ["моя"]


class TestUpsertTask:
    async def test_creates_and_changes(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        path = "/v1/tasks/by-external/bitrix/9"
        first = await client.put(path, json=CALL)
        company = (await client.post("/v1/companies", json={"name": "Явір"})).json()["id"]
        about = {"kind": "visit", "company_id": company}
        second = await client.put(path, json={**CALL, **about})
        never = {**CALL, "due_at": "0001-01-01T00:00:00Z", "reminders": [1440]}

        assert (first.status_code, second.status_code) == (201, 200)
        assert (second.json()["kind"], second.json()["revision"]) == ("visit", 2)
        [told] = await recorded(session, TaskUpdated)
        assert str(told.data.task.company_id) == company
        assert "company_id" in told.data.changed
        assert (await client.put(path, json=never)).status_code == 422
