"""D14: a shipped preset sets up three services through the command line tool's own steps."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from story import Story

from crm_cli import presetting
from crm_shared.ids import new_id
from crm_shared.testing.system import System

NAMES = [one["preset"] for one in presetting.shipped()]
SHIPPED = [name for name in NAMES if "deals" in presetting.read(name)]
SHARES = 3
SAMPLES: dict[str, Any] = {
    "text": "x",
    "integer": 1,
    "decimal": "1.5",
    "boolean": True,
    "date": "2030-01-01",
    "datetime": "2030-01-01T10:00:00Z",
}


class Origin:
    """The one origin, as the tool sees it: each path at the service that owns it."""

    def __init__(
        self,
        deals: httpx.AsyncClient,
        contacts: httpx.AsyncClient,
        notifications: httpx.AsyncClient,
    ) -> None:
        self.deals, self.contacts, self.notifications = deals, contacts, notifications
        self.loop = asyncio.get_running_loop()

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Any:
        return self.send("GET", path, params=params).json()

    def post(self, path: str, body: object) -> Any:
        return self.send("POST", path, json=body).json()

    def send(self, method: str, path: str, **values: Any) -> httpx.Response:
        others = {"/v1/task-rules": self.contacts, "/v1/message-rules": self.notifications}
        owners = (one for prefix, one in others.items() if path.startswith(prefix))
        client = next(owners, self.deals)
        call = asyncio.run_coroutine_threadsafe(client.request(method, path, **values), self.loop)
        answer = call.result(30)
        assert answer.is_success, answer.text
        return answer


@pytest.mark.parametrize("share", range(SHARES))
async def test_d14_presets_make_tasks_at_their_stages_and_come_out_as_they_went_in(
    system: System, story: Story, share: int
) -> None:
    """Several lines of business stand side by side in one company; some workers share them."""
    origin: Any = Origin(story.deals, system.client("contacts"), system.client("notifications"))
    for name in SHIPPED[share::SHARES]:
        await _set_up_work_and_export(system, story, origin, name)


async def _set_up_work_and_export(system: System, story: Story, origin: Any, name: str) -> None:
    preset = presetting.read(name)

    applied = await asyncio.to_thread(
        presetting.apply, origin, preset, language="ru", label=None, dry_run=False
    )
    wanted = preset["contacts"]["task_rules"]
    stage_id = applied["references"][
        next(
            rule["conditions"]["value"]
            for rule in wanted
            if rule["conditions"]["field"] == "to_stage.id"
        )
    ]
    stage = (await story.deals.get(f"/v1/stages/{stage_id}")).json()
    filled: dict[str, Any] = {
        "contact_id": str(new_id()),
        "company_id": str(new_id()),
        "amount": "1000.00",
        "expected_close_date": "2030-01-01",
        # whatever a stage asks for of the line of business
        "custom_fields": {
            field["key"]: SAMPLES.get(field["type"]) or field["options"][0]["code"]
            for field in preset["deals"].get("custom_fields", ())
        },
    }
    product = await story.deals.post("/v1/products", json={"label": "Thing", "price": "1000"})
    lines = [{"product_id": product.json()["id"]}]
    body = {"title": "x", "pipeline_id": applied["pipeline_id"], "line_items": lines, **filled}
    deal = (await story.deals.post("/v1/deals", json=body)).json()
    moved = await story.deals.put(
        f"/v1/deals/{deal['id']}/stage",
        json={"stage_id": stage["id"]},
        headers={"If-Match": "*"},
    )
    await system.settle()

    assert moved.status_code == 200, moved.text
    tasks = await origin.contacts.get("/v1/tasks", params={"deal_id": deal["id"]})
    assert tasks.json()["items"]
    exported = await asyncio.to_thread(presetting.export, origin, applied["label"], name=None)
    assert len(exported["contacts"]["task_rules"]) == len(wanted)
    for section, some in preset["notifications"].items():
        keys = [one["key"] for one in exported["notifications"][section]]
        assert keys == [one["key"] for one in some]
    same = await asyncio.to_thread(
        presetting.apply, origin, preset, language="ru", label=None, dry_run=False
    )
    assert not any(same["created"].values())
    again = await asyncio.to_thread(
        presetting.apply, origin, exported, language="en", label=f"{name} again", dry_run=False
    )
    assert again["created"]["stages"] == applied["created"]["stages"]
    twin = await asyncio.to_thread(presetting.export, origin, f"{name} again", name=None)
    twin["deals"]["pipeline"]["label"] = exported["deals"]["pipeline"]["label"]
    assert twin["deals"] == exported["deals"]
    assert twin["contacts"] == exported["contacts"]
    assert twin["notifications"] == exported["notifications"]
