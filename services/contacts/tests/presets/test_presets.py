"""D14: what contacts keeps of a way of selling: task rules, in and out."""

from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.ids import new_id
from crm_shared.testing.events import announced
from crm_shared.testing.plugin import ClientAs

STAGE = str(new_id())


def rule(name: str, **given: Any) -> dict[str, Any]:
    return {
        "name": name,
        "event_type": "crm.deals.deal.stage_changed.v1",
        "conditions": {"field": "to_stage.id", "op": "eq", "value": STAGE},
        "tasks": [{"title": {"en": "Call"}, "kind": "call", "due_in": "PT4H"}],
        "actions": [{"do": "note", "text": {"en": "Entered"}}],
        **given,
    }


async def apply(client: httpx.AsyncClient, *rules: Any, **how: Any) -> httpx.Response:
    body = {"preset_id": "pipeline-1", "part": {"task_rules": list(rules)}, **how}
    return await client.post("/v1/task-rules/presets", json=body)


async def export(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await client.get("/v1/task-rules/preset", params={"about": STAGE})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["task_rules"]
    return found


class TestD14TaskRulesOfAPreset:
    async def test_go_in_once_and_come_out(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        wanted = [rule("First"), rule("Second", priority=3)]

        tried = await apply(client, *wanted, dry_run=True)
        nothing = await announced(session)
        applied = await apply(client, *wanted)
        told = await export(client)
        again = await apply(client, *told)

        assert (tried.status_code, nothing) == (201, [])
        assert applied.json()["created"] == {"task_rules": 2}
        assert (again.json()["created"], again.json()["reused"]) == (
            {"task_rules": 0},
            ["First", "Second"],
        )
        assert [(one["name"], one["priority"]) for one in told] == [("First", 0), ("Second", 3)]
        assert told[0]["tasks"][0]["due_in"] == "PT4H"
        assert told[0]["actions"] == wanted[0]["actions"]

    async def test_name_all_that_is_wrong_and_write_nothing(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        unread = await apply(
            client, rule("First"), rule("Second", tasks=[{}]), rule("Third", priority="high")
        )
        unknown = await apply(client, rule("First"), rule("Second", event_type="crm.x.y.z.v1"))

        for answer in (unread, unknown):
            assert (answer.status_code, answer.json()["code"]) == (422, "broken-preset")
        assert [one["pointer"] for one in unread.json()["errors"]] == [
            "/part/task_rules/1/tasks/0/title",
            "/part/task_rules/2/priority",
        ]
        assert [one["pointer"] for one in unknown.json()["errors"]] == [
            "/part/task_rules/1/event_type"
        ]
        assert await announced(session) == []

    async def test_are_for_those_who_write_rules(self, client_as: ClientAs) -> None:
        seller = client_as("seller")

        assert (await apply(seller, rule("First"))).status_code == 403
        assert await export(seller) == []
