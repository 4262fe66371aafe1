"""D14: a way of selling as one file: six of them apply on an empty system and round-trip."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.testing.events import announced
from crm_shared.testing.plugin import ClientAs

FILES = sorted((Path(__file__).parents[4] / "deploy" / "presets").glob("*.json"))
# one without a part of deals belongs to no line of business: its own story tries it
SHIPPED = [path for path in FILES if "deals" in json.loads(path.read_text())]
LANGUAGES = ("en", "uk", "ru")


def preset(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


async def apply(client: httpx.AsyncClient, body: dict[str, Any], **how: Any) -> Any:
    return await client.post("/v1/pipelines/presets", json={"preset": body, **how})


async def export(client: httpx.AsyncClient, pipeline_id: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/pipelines/{pipeline_id}/preset", params={"name": "x"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


class TestD14Shipped:
    def test_are_of_every_line_of_business(self) -> None:
        assert [path.stem for path in SHIPPED] == [
            "b2b",
            "call-centre",
            "cars",
            "construction",
            "education",
            "finance",
            "printing",
            "retail",
            "services",
            "tenders",
            "web-shop",
        ]

    @pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
    def test_speak_three_languages_everywhere(self, path: Path) -> None:
        def texts(part: Any) -> list[dict[str, str]]:
            if isinstance(part, dict):
                if "$text" in part:
                    return [part["$text"]]
                if "en" in part:
                    return [part]
                return [one for value in part.values() for one in texts(value)]
            return [one for value in part for one in texts(value)] if isinstance(part, list) else []

        found = texts(preset(path))
        assert len(found) > 20
        assert all(set(one) == set(LANGUAGES) and all(one.values()) for one in found)

    @pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
    async def test_apply_on_an_empty_system_and_round_trip(
        self, client: httpx.AsyncClient, path: Path
    ) -> None:
        applied = await apply(client, preset(path), language="uk")
        assert applied.status_code == 201, applied.text
        first = await export(client, applied.json()["pipeline_id"])
        again = await apply(client, first, label="Once more")
        assert again.status_code == 201, again.text
        second = await export(client, again.json()["pipeline_id"])

        assert second["deals"]["pipeline"].pop("label") == "Once more"
        first["deals"]["pipeline"].pop("label")
        assert second == first
        created = applied.json()["created"]
        assert created["stages"] == len(preset(path)["deals"]["stages"])
        assert created["rules"] + created["validations"] >= 2
        assert again.json()["created"]["reasons"] == 0
        contacts = json.dumps(applied.json()["contacts"])
        assert "to_stage.id" in contacts
        assert "$" not in contacts
        messages = applied.json()["notifications"]
        assert len(messages["message_rules"]) >= 3
        assert "$stage" not in json.dumps(messages)


class TestD14Apply:
    async def test_says_labels_in_the_language_asked_for(self, client: httpx.AsyncClient) -> None:
        labels = []
        for language in LANGUAGES:
            made = await apply(client, preset(SHIPPED[0]), language=language)
            labels.append(made.json()["label"])
        assert labels == ["B2B sales", "B2B-продажі", "B2B-продажи"]

    async def test_in_a_dry_run_checks_everything_and_keeps_nothing(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        tried = await apply(client, preset(SHIPPED[0]), dry_run=True)

        assert tried.json()["created"]["stages"] == 7
        assert tried.json()["pipeline_id"] is None
        # what the other services would be sent, so that they can be asked first
        assert "$stage" not in json.dumps([tried.json()["contacts"], tried.json()["notifications"]])
        assert await announced(session) == []
        assert (await client.get("/v1/pipelines")).json()["items"] == []

    async def test_brings_the_custom_fields_that_its_stages_ask_for(
        self, client: httpx.AsyncClient
    ) -> None:
        own = preset(SHIPPED[0])
        area = {"key": "area", "type": "decimal", "labels": {"en": "Area", "uk": "Площа"}}
        options = [{"code": code, "labels": {"en": code}} for code in ("brick", "wood")]
        walls = {"key": "walls", "type": "choice", "labels": {"en": "Walls"}, "options": options}
        own["deals"]["custom_fields"] = [area, walls]
        own["deals"]["stages"][1]["required_fields"] = ["custom.area"]

        made = await apply(client, own)
        again = await apply(client, own, label="Once more")
        written = await export(client, made.json()["pipeline_id"])
        own["deals"]["custom_fields"] = [{**area, "type": "text"}]
        clash = await apply(client, own, label="A third")

        assert made.status_code == 201, made.text
        assert (made.json()["created"]["custom_fields"], again.json()["created"]) == (
            2,
            {**made.json()["created"], "custom_fields": 0, "reasons": 0},
        )
        assert {"area", "walls"} <= set(again.json()["reused"])
        fields = {one["key"]: one for one in written["deals"]["custom_fields"]}
        assert [one["code"] for one in fields["walls"]["options"]] == ["brick", "wood"]
        assert fields["area"]["labels"]["uk"] == "Площа"
        assert written["deals"]["stages"][1]["required_fields"] == ["custom.area"]
        [wrong] = clash.json()["errors"]
        assert (wrong["pointer"], wrong["code"]) == (
            "/preset/deals/custom_fields/0/key",
            "other-type",
        )

    async def test_sent_again_adds_what_is_missing_and_nothing_else(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        first = (await apply(client, preset(SHIPPED[0]))).json()
        [gone, *_rest] = (await client.get("/v1/deal-rules")).json()["items"]
        await client.delete(f"/v1/deal-rules/{gone['id']}", headers={"If-Match": "*"})
        before = len(await announced(session))

        again = (await apply(client, preset(SHIPPED[0]))).json()

        assert {name: count for name, count in again["created"].items() if count} == {"rules": 1}
        assert again["references"] == first["references"]
        assert again["pipeline_id"] == first["pipeline_id"]
        assert again["contacts"] == first["contacts"]
        assert again["notifications"] == first["notifications"]
        assert len(await announced(session)) == before + 1

    async def test_names_a_clash_and_takes_another_label(self, client: httpx.AsyncClient) -> None:
        steps = (("New", "open", 10), ("Won", "won", 100), ("Lost", "lost", 0))
        stages = [
            {"label": label, "outcome": outcome, "probability": probability}
            for label, outcome, probability in steps
        ]
        made = await client.post("/v1/pipelines", json={"label": "B2B sales", "stages": stages})
        assert made.status_code == 201, made.text
        clash = await apply(client, preset(SHIPPED[0]))
        other = await apply(client, preset(SHIPPED[0]), label="Partners")
        again = await apply(client, preset(SHIPPED[0]), label="Partners again")

        assert (clash.status_code, clash.json()["code"]) == (409, "preset-clash")
        assert clash.json()["clashes"] == ["B2B sales"]
        assert again.json()["reused"]
        assert (other.status_code, other.json()["label"]) == (201, "Partners")

    async def test_is_all_or_nothing_and_names_what_is_broken(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        broken = preset(SHIPPED[0])
        broken["deals"]["validations"][1]["stage_ids"] = ["$stage:moon"]
        unknown = await apply(client, broken)
        broken = preset(SHIPPED[0])
        broken["deals"]["rules"][0]["actions"] = [{"do": "dance"}]
        wrong = await apply(client, broken)

        pointers = [one.json()["errors"][0]["pointer"] for one in (unknown, wrong)]
        assert pointers == [
            "/preset/deals/validations/1/stage_ids/0",
            "/preset/deals/rules/0/actions/0",
        ]
        assert await announced(session) == []

    async def test_is_for_administrators_but_everybody_may_export(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        made = await apply(client, preset(SHIPPED[0]))
        seller = client_as("seller")

        assert (await apply(seller, preset(SHIPPED[1]))).status_code == 403
        assert (await export(seller, made.json()["pipeline_id"]))["format"] == "crm-preset/1"
