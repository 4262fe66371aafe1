"""D14: what notifications keeps of a way of selling: templates and message rules, in and out."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.ids import new_id
from crm_shared.testing.events import announced
from crm_shared.testing.plugin import ClientAs

FILES = sorted((Path(__file__).parents[4] / "deploy" / "presets").glob("*.json"))
# one without a part of deals belongs to no line of business: its own story tries it
SHIPPED = [path for path in FILES if "deals" in json.loads(path.read_text())]
STAGE = str(new_id())


def part(path: Path = SHIPPED[0]) -> dict[str, Any]:
    """Return the part of a shipped preset, in one language, every name an id."""
    told = json.loads(path.read_text())["notifications"]
    for one in (*told["templates"], *told["message_rules"]):
        one["name"] = one["name"]["$text"]["uk"]
    for rule in told["message_rules"]:
        rule["conditions"]["value"] = STAGE
    found: dict[str, Any] = told
    return found


async def apply(client: httpx.AsyncClient, some: dict[str, Any], **how: Any) -> httpx.Response:
    body = {"preset_id": "pipeline-1", "part": some, **how}
    return await client.post("/v1/message-rules/presets", json=body)


async def export(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/v1/message-rules/preset", params={"about": [STAGE]})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


class TestD14MessagesOfAPreset:
    @pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
    async def test_of_those_shipped_go_in_and_come_out(
        self, client: httpx.AsyncClient, path: Path
    ) -> None:
        wanted = part(path)

        applied = await apply(client, wanted)
        told = await export(client)

        assert applied.status_code == 201, applied.text
        count = {name: len(some) for name, some in wanted.items()}
        assert (applied.json()["created"], applied.json()["reused"]) == (count, [])
        assert len(wanted["templates"]) >= 3
        assert all(set(one["texts"]) == {"en", "uk", "ru"} for one in wanted["templates"])
        for section in ("templates", "message_rules"):
            assert [one["key"] for one in told[section]] == [one["key"] for one in wanted[section]]
        for given, shown in zip(wanted["message_rules"], told["message_rules"], strict=True):
            assert given.items() <= shown.items()

    async def test_sent_twice_are_there_once_and_stay_as_somebody_changed_them(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        some = part()
        await apply(client, some)
        [mine, *_rest] = (await client.get("/v1/templates?sort=created_at")).json()["items"]
        path, anyone = f"/v1/templates/{mine['id']}", {"If-Match": "*"}
        await client.patch(path, json={"name": "Моя"}, headers=anyone)
        [gone, *_others] = (await client.get("/v1/message-rules?sort=created_at")).json()["items"]
        await client.delete(f"/v1/message-rules/{gone['id']}", headers=anyone)
        before = len(await announced(session))

        again = await apply(client, some)

        assert again.json()["created"] == {"templates": 0, "message_rules": 1}
        assert (await client.get(path)).json()["name"] == "Моя"
        rules = (await client.get("/v1/message-rules")).json()["items"]
        assert len(rules) == len(some["message_rules"])
        assert len(await announced(session)) == before + 1

    async def test_name_all_that_is_wrong_and_write_nothing(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        some = part()
        some["templates"][0]["texts"] = {}
        some["message_rules"][0]["template"] = "moon"
        some["message_rules"][1]["recipient"] = "everybody"
        unread = await apply(client, some)
        some = part()
        some["templates"][1]["texts"]["en"]["text"] = "{{ deal.secret }}"
        unknown = await apply(client, some)
        some = part()
        some["message_rules"][2]["conditions"] = {"field": "deal.title", "op": "eq", "value": "x"}
        unasked = await apply(client, some)
        tried = await apply(client, part(), dry_run=True)

        def pointers(answer: httpx.Response) -> list[str]:
            assert (answer.status_code, answer.json()["code"]) == (422, "broken-preset")
            return [one["pointer"] for one in answer.json()["errors"]]

        assert pointers(unread) == [
            "/part/templates/0/texts",
            "/part/message_rules/0/template",
            "/part/message_rules/1/recipient",
        ]
        assert pointers(unknown) == ["/part/templates/1/texts/en/text"]
        assert pointers(unasked)[0].startswith("/part/message_rules/2")
        assert (tried.status_code, tried.json()["dry_run"]) == (201, True)
        assert await announced(session) == []

    async def test_are_for_those_who_write_rules(self, client_as: ClientAs) -> None:
        seller = client_as("seller")

        assert (await apply(seller, part())).status_code == 403
        assert await export(seller) == {"templates": [], "message_rules": []}
