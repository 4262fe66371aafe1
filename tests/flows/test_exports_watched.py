"""S1: a mass export is a right of its own, logged, and raises an alarm when it is long."""

from typing import Any

import httpx
from story import Story

from crm_shared.testing.system import System


class TestExportsAreWatched:
    async def test_whoever_takes_a_list_out_stands_in_the_audit_log(
        self, system: System, story: Story
    ) -> None:
        await story.new_deal()
        assert (await story.contacts.get("/v1/contacts/export")).status_code == 200
        assert (await story.deals.get("/v1/deals/export?amount[gte]=1")).status_code == 200
        await system.settle()

        found = await logged(story.contacts, "list-exported")
        assert {one["service"]: one["details"]["rows"] for one in found} == {
            "contacts": 1,
            "deals": 1,
        }
        assert {tuple(one["details"]["filtered_by"]) for one in found} == {(), ("amount",)}

    async def test_a_long_list_raises_an_alarm(self, system: System, story: Story) -> None:
        people = [{"last_name": f"Person {number}"} for number in range(500)]
        for _ in range(2):
            answer = await story.contacts.post("/v1/contacts/batch", json={"items": people})
            assert answer.status_code == 200

        assert (await story.contacts.get("/v1/contacts/export")).status_code == 200
        await system.settle()

        [alarm] = await logged(story.contacts, "long-list-exported")
        [event] = await system["contacts"].sql(
            "SELECT envelope::json->>'actorid' AS actor FROM outbox "
            "WHERE type = 'crm.contacts.export.alarmed.v1'"
        )
        assert alarm["details"]["rows"] == 1001
        assert alarm["actor_id"] == event["actor"]

    async def test_is_a_right_of_its_own(self, system: System, story: Story) -> None:
        del story
        seller = system.client("contacts", "seller")

        assert (await seller.get("/v1/contacts")).status_code == 200
        assert (await seller.get("/v1/contacts/export")).status_code == 403


async def logged(client: httpx.AsyncClient, action: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/audit?action={action}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items
