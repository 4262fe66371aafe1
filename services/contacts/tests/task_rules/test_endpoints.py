"""Task rules over HTTP."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import TaskRuleCreated, TaskRuleDeleted, TaskRuleUpdated
from crm_contacts.testing import entering, make_rule
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

RULE: dict[str, Any] = {
    "name": "Пропозицію надіслано",
    "event_type": "crm.deals.deal.stage_changed.v1",
    "conditions": entering(new_id()),
    "tasks": [
        {
            "title": {"en": "Call the client", "uk": "Зателефонувати"},
            "kind": "call",
            "due_in": "P2DT3H",
            "assignee": "team_head",
            "priority": "high",
        }
    ],
}

TIMED = {"title": {"en": "Call"}, "due_in": "PT5H"}


class TestCreateTaskRule:
    async def test_tells_what_it_was_told(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        answer = await client.post("/v1/task-rules", json=RULE)

        assert answer.status_code == 201, answer.text
        assert answer.json()["tasks"][0] == {**RULE["tasks"][0], "due_counts": "clock"}
        assert answer.json()["on_bulk"] is False
        [envelope] = await recorded(session, TaskRuleCreated)
        assert envelope.data.task_rule.event_type == RULE["event_type"]
        for text in ("Пропозицію", "Зателефонувати"):
            assert text not in envelope.model_dump_json()

    async def test_takes_seconds_for_a_deadline(self, client: httpx.AsyncClient) -> None:
        tasks = [{"title": {"en": "Call"}, "due_in": 3600, "assignee": str(new_id())}]

        answer = await client.post("/v1/task-rules", json={**RULE, "tasks": tasks})

        assert answer.json()["tasks"][0]["due_in"] == "PT1H"

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"event_type": "crm.deals.deal.sold.v1"}, "/event_type"),
            (
                {"conditions": {"field": "deal.title", "op": "eq", "value": "x"}},
                "/conditions",
            ),
            (
                {"conditions": {"field": "deal.amount", "op": "like", "value": "1"}},
                "/conditions",
            ),
            ({"tasks": [{"title": {}}]}, "/tasks/0/title"),
            ({"tasks": [{"title": {"fr": "Appeler"}}]}, "/tasks/0/title/fr"),
            ({"tasks": [{"title": {"en": "Call"}, "due_in": "soon"}]}, "/tasks/0/due_in"),
            ({"tasks": [{**TIMED, "due_counts": "working_days"}]}, "/tasks/0/due_counts"),
            (
                {"tasks": [{**TIMED, "due_in": "-PT1H", "due_counts": "working_hours"}]},
                "/tasks/0/due_counts",
            ),
        ],
    )
    async def test_names_the_field_that_is_wrong(
        self, client: httpx.AsyncClient, change: dict[str, Any], pointer: str
    ) -> None:
        answer = await client.post("/v1/task-rules", json={**RULE, **change})

        assert answer.status_code == 422, answer.text
        assert any(one["pointer"].startswith(pointer) for one in answer.json()["errors"]), (
            answer.json()["errors"]
        )

    async def test_is_for_admins_and_integrations(self, client_as: ClientAs) -> None:
        for role in ("head", "seller", "marketing", "viewer"):
            assert (await client_as(role).post("/v1/task-rules", json=RULE)).status_code == 403
        answer = await client_as("integration").post("/v1/task-rules", json=RULE)
        assert answer.status_code == 201


class TestUpdateTaskRule:
    async def test_makes_another_version(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(rule := make_rule())
        await session.commit()

        answer = await client.patch(
            f"/v1/task-rules/{rule.id}", json={"is_active": False}, headers={"If-Match": '"1"'}
        )

        assert (answer.status_code, answer.json()["revision"]) == (200, 2)
        [envelope] = await recorded(session, TaskRuleUpdated)
        assert envelope.data.previous == {"is_active": True}


class TestDeleteTaskRule:
    async def test_hides_it(self, client: httpx.AsyncClient, session: AsyncSession) -> None:
        session.add(rule := make_rule())
        await session.commit()

        answer = await client.delete(f"/v1/task-rules/{rule.id}", headers={"If-Match": "*"})

        assert answer.status_code == 204
        assert (await client.get("/v1/task-rules")).json()["items"] == []
        assert len(await recorded(session, TaskRuleDeleted)) == 1


class TestListTaskRuleRuns:
    async def test_is_empty_before_the_first_event(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(rule := make_rule())
        await session.commit()

        answer = await client.get(f"/v1/task-rules/{rule.id}/runs")

        assert (answer.status_code, answer.json()) == (200, [])


class TestUpsertTaskRule:
    async def test_creates_then_says_nothing(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        path = "/v1/task-rules/by-external/seed/proposal"
        first = await client.put(path, json=RULE)
        second = await client.put(path, json=RULE)

        assert (first.status_code, second.status_code) == (201, 200)
        assert second.json()["revision"] == 1
        assert await recorded(session, TaskRuleUpdated) == []
