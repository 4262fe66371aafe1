"""S6: custom fields of deals: written, refused, found, told, demanded."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import catalogue
from crm_deals.deals.models import Deal
from crm_deals.events import DealCreated, DealStageChanged, DealUpdated
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import stage_called
from crm_shared.db.infrastructure import OUTBOX
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

pytestmark = pytest.mark.usefixtures("pipeline")
Define = Any
EVERY = {"If-Match": "*"}


async def begin(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/v1/deals", json={"title": "Chairs", "custom_fields": fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def titles(client: httpx.AsyncClient, query: str) -> list[str]:
    answer = await client.get(f"/v1/deals?{query}")
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


class TestS6WritingValues:
    async def test_keeps_each_type_in_one_spelling(
        self, client: httpx.AsyncClient, define: Define
    ) -> None:
        contact = str(new_id())
        for key, type_, more in (
            ("note", "long_text", {}),
            ("site", "url", {}),
            ("floors", "integer", {}),
            ("weight", "decimal", {}),
            ("deposit", "money", {"currency": "UAH"}),
            ("due_on", "date", {}),
            ("due_at", "datetime", {}),
            ("fragile", "boolean", {}),
            ("delivery", "choice", {}),
            ("ways", "multi_choice", {}),
            ("architect", "reference", {"of": "contact"}),
        ):
            await define(key, type_, **more)

        made = await begin(
            client,
            note="  Двері вузькі ",
            site="https://example.com/x",
            floors=3,
            weight="12.500",
            deposit="100.5",
            due_on="2026-03-01",
            due_at="2026-03-01T10:00:00+02:00",
            fragile=True,
            delivery="courier",
            ways=["courier", "pickup", "courier"],
            architect=contact,
        )

        assert made["custom_fields"] == {
            "note": "Двері вузькі",
            "site": "https://example.com/x",
            "floors": 3,
            "weight": "12.5",
            "deposit": {"amount": "100.5", "currency": "UAH"},
            "due_on": "2026-03-01",
            "due_at": "2026-03-01T08:00:00.000000Z",
            "fragile": True,
            "delivery": "courier",
            "ways": ["courier", "pickup"],
            "architect": contact,
        }
        shown = (await client.get("/v1/deals")).json()["items"][0]
        assert shown["custom_fields"] == made["custom_fields"]

    @pytest.mark.parametrize(
        ("type_", "value", "pointer", "code"),
        [
            ("integer", "many", "/custom_fields/x", "invalid-value"),
            ("decimal", "NaN", "/custom_fields/x", "invalid-value"),
            ("date", "2026-02-30", "/custom_fields/x", "invalid-value"),
            ("datetime", "2026-02-03T10:00:00", "/custom_fields/x", "invalid-value"),
            ("boolean", "perhaps", "/custom_fields/x", "invalid-value"),
            ("choice", "balloon", "/custom_fields/x", "unknown-option"),
            ("multi_choice", "pickup", "/custom_fields/x", "invalid-value"),
            ("url", "javascript:alert(1)", "/custom_fields/x", "invalid-url"),
            ("money", {"amount": "1"}, "/custom_fields/x/currency", "invalid-currency"),
            ("text", "a" * 1001, "/custom_fields/x", "too-long"),
            ("text", 5, "/custom_fields/x", "invalid-value"),
            ("text", "\u0000", "/custom_fields/x", "invalid-value"),
        ],
    )
    async def test_names_field_and_rule_and_writes_nothing(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        define: Define,
        type_: str,
        value: Any,
        pointer: str,
        code: str,
    ) -> None:
        await define("x", type_)

        answer = await client.post(
            "/v1/deals", json={"title": "Chairs", "custom_fields": {"x": value}}
        )

        assert answer.status_code == 422
        assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
            (pointer, code)
        ]
        assert (await session.scalars(select(Deal))).all() == []

    async def test_refuses_a_field_that_nobody_defined(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(
            "/v1/deals", json={"title": "Chairs", "custom_fields": {"colour": "red"}}
        )

        [fault] = answer.json()["errors"]
        assert (fault["pointer"], fault["code"]) == ("/custom_fields/colour", "unknown-field")

    async def test_fills_defaults_and_demands_what_is_required(
        self, client: httpx.AsyncClient, define: Define
    ) -> None:
        await define("delivery", "choice", default="pickup")
        await define("floors", "integer", is_required=True)

        refused = await client.post("/v1/deals", json={"title": "Chairs"})
        made = await begin(client, floors=2)
        emptied = await client.patch(
            f"/v1/deals/{made['id']}", json={"custom_fields": {"floors": None}}, headers=EVERY
        )

        assert [one["code"] for one in refused.json()["errors"]] == ["required"]
        assert made["custom_fields"] == {"delivery": "pickup", "floors": 2}
        assert [one["pointer"] for one in emptied.json()["errors"]] == ["/custom_fields/floors"]

    async def test_a_patch_touches_only_what_it_names(
        self, client: httpx.AsyncClient, session: AsyncSession, define: Define
    ) -> None:
        await define("floors", "integer")
        await define("delivery", "choice")
        made = await begin(client, floors=2, delivery="courier")

        answer = await client.patch(
            f"/v1/deals/{made['id']}", json={"custom_fields": {"delivery": None}}, headers=EVERY
        )

        assert answer.json()["custom_fields"] == {"floors": 2}
        [envelope] = await recorded(session, DealUpdated)
        assert envelope.data.changed == ["custom_fields"]
        assert envelope.data.previous == {"custom_fields": {"floors": 2, "delivery": "courier"}}

    async def test_by_external_and_batch_take_them_too(
        self, client: httpx.AsyncClient, define: Define
    ) -> None:
        await define("floors", "integer")
        body = {"title": "Chairs", "custom_fields": {"floors": 5}}

        put = await client.put("/v1/deals/by-external/erp/7", json=body)
        again = await client.put("/v1/deals/by-external/erp/7", json=body)
        many = await client.post(
            "/v1/deals/batch",
            json={"items": [body, {"title": "Doors", "custom_fields": {"floors": "five"}}]},
        )

        assert put.json()["custom_fields"] == {"floors": 5}
        assert again.headers["crm-result"] == "unchanged"
        assert [one["status"] for one in many.json()["results"]] == [201, 422]
        pointer = many.json()["results"][1]["problem"]["errors"][0]["pointer"]
        assert pointer == "/custom_fields/floors"

    async def test_a_unique_value_stands_once(
        self, client: httpx.AsyncClient, define: Define
    ) -> None:
        await define("contract", is_unique=True)
        await begin(client, contract="K-1")

        answer = await client.post(
            "/v1/deals", json={"title": "Doors", "custom_fields": {"contract": "K-1"}}
        )

        assert answer.status_code == 409
        [fault] = answer.json()["errors"]
        assert (fault["pointer"], fault["code"]) == ("/custom_fields/contract", "not-unique")


class TestS6Events:
    async def test_tell_what_is_not_personal_and_never_the_rest(
        self, client: httpx.AsyncClient, session: AsyncSession, define: Define, pipeline: Pipeline
    ) -> None:
        await define("delivery", "choice")
        await define("gate_code")
        made = await begin(client, delivery="pickup", gate_code="Канарейка-77")
        path = f"/v1/deals/{made['id']}"
        changed = {"custom_fields": {"gate_code": "Канарейка-78"}}
        await client.patch(path, json=changed, headers=EVERY)
        stage_id = str(stage_called(pipeline, "Proposal").id)
        await client.put(f"{path}/stage", json={"stage_id": stage_id}, headers=EVERY)

        [created] = await recorded(session, DealCreated)
        [updated] = await recorded(session, DealUpdated)
        [moved] = await recorded(session, DealStageChanged)
        told = {"delivery": "pickup"}
        assert created.data.deal.custom_fields == moved.data.deal.custom_fields == told
        assert updated.data.changed == ["personal_fields"]
        assert updated.data.previous == {}
        texts = " ".join(await session.scalars(select(OUTBOX.c.envelope)))
        assert "Канарейка" not in texts
        assert (await client.get(path)).json()["custom_fields"]["gate_code"] == "Канарейка-78"


class TestS6Finding:
    async def test_filters_and_sorts_by_every_kind(
        self, client: httpx.AsyncClient, define: Define
    ) -> None:
        for key, type_ in (
            ("floors", "integer"),
            ("weight", "decimal"),
            ("due_on", "date"),
            ("ways", "multi_choice"),
            ("note", "text"),
        ):
            await define(key, type_)
        await define("deposit", "money", currency="UAH", is_indexed=True)
        for title, fields in (
            ("one", {"floors": 1, "weight": "2.5", "due_on": "2026-01-01", "ways": ["pickup"]}),
            ("two", {"floors": 2, "weight": "10", "due_on": "2026-02-01", "deposit": "5"}),
            ("three", {"note": "Вузькі двері", "ways": ["pickup", "courier"], "deposit": "50"}),
        ):
            body = {"title": title, "custom_fields": fields}
            assert (await client.post("/v1/deals", json=body)).status_code == 201

        assert await titles(client, "custom.floors=2") == ["two"]
        assert await titles(client, "custom.weight[lt]=9") == ["one"]
        assert await titles(client, "custom.due_on[gte]=2026-01-15") == ["two"]
        assert await titles(client, "custom.ways[has]=courier") == ["three"]
        assert await titles(client, "custom.ways[has_any]=courier,pickup&sort=title") == [
            "one",
            "three",
        ]
        assert await titles(client, "custom.note[contains]=двері") == ["three"]
        assert await titles(client, "custom.deposit.amount[gt]=6") == ["three"]
        assert await titles(client, "custom.floors[is_null]=true") == ["three"]
        assert await titles(client, "sort=-custom.deposit.amount,title") == ["one", "three", "two"]
        tree = {"not": {"field": "custom.floors", "op": "eq", "value": 1}}
        found = await client.post("/v1/deals/search", json={"filter": tree, "sort": "title"})
        assert [item["title"] for item in found.json()["items"]] == ["three", "two"]

    async def test_pages_go_on_by_a_custom_order(
        self, client: httpx.AsyncClient, define: Define
    ) -> None:
        await define("due_at", "datetime", is_indexed=True)
        for day in (3, 1, 2):
            at = f"2026-01-0{day}T00:00:00Z"
            body = {"title": str(day), "custom_fields": {"due_at": at}}
            await client.post("/v1/deals", json=body)
        await client.post("/v1/deals", json={"title": "none"})

        seen: list[str] = []
        query = "/v1/deals?sort=custom.due_at&limit=1"
        cursor: str | None = ""
        while cursor is not None:
            page = (await client.get(query + (f"&cursor={cursor}" if cursor else ""))).json()
            seen += [item["title"] for item in page["items"]]
            cursor = page["next_cursor"]

        assert seen == ["1", "2", "3", "none"]

    async def test_an_unknown_field_is_refused(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/deals?custom.colour=red")

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["code"] == "unknown-parameter"

    async def test_the_board_takes_them_too(
        self, client: httpx.AsyncClient, define: Define, pipeline: Pipeline
    ) -> None:
        await define("floors", "integer")
        await begin(client, floors=1)
        await begin(client, floors=2)

        answer = await client.get(f"/v1/deals/board?pipeline_id={pipeline.id}&custom.floors=2")

        assert answer.status_code == 200, answer.text
        assert sum(column["count"] for column in answer.json()["columns"]) == 1

    async def test_scope_still_holds(
        self, client: httpx.AsyncClient, client_as: ClientAs, define: Define
    ) -> None:
        await define("floors", "integer")
        await begin(client, floors=2)

        seen = await client_as("seller").get("/v1/deals?custom.floors=2")

        assert seen.json()["items"] == []


class TestS6Demands:
    async def test_a_stage_asks_for_a_custom_field_by_name_and_by_rule(
        self, client: httpx.AsyncClient, define: Define, pipeline: Pipeline
    ) -> None:
        await define("floors", "integer")
        await define("delivery", "choice")
        proposal = stage_called(pipeline, "Proposal").id
        demands = {
            "required_fields": ["custom.delivery"],
            "requirements": {"field": "custom.floors", "op": "gte", "value": 2},
        }
        put = await client.patch(f"/v1/stages/{proposal}", json=demands, headers=EVERY)
        assert put.status_code == 200, put.text
        made = await begin(client, floors=1)
        move = {"stage_id": str(proposal)}
        path = f"/v1/deals/{made['id']}"

        refused = await client.put(f"{path}/stage", json=move, headers=EVERY)
        filled = {"custom_fields": {"floors": 2, "delivery": "pickup"}}
        await client.patch(path, json=filled, headers=EVERY)
        allowed = await client.put(f"{path}/stage", json=move, headers=EVERY)

        assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [
            ("/custom_fields/delivery", "required-by-stage"),
            ("/custom_fields/floors", "stage-requirement"),
        ]
        assert allowed.status_code == 200, allowed.text

    async def test_a_demand_for_an_archived_field_holds_nobody_up(
        self,
        client: httpx.AsyncClient,
        define: Define,
        pipeline: Pipeline,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(catalogue, "FRESH_FOR_S", 0.0)  # nobody waits two seconds here
        field = await define("floors", "integer")
        proposal = stage_called(pipeline, "Proposal").id
        demands = {"requirements": {"field": "custom.floors", "op": "gte", "value": 2}}
        await client.patch(f"/v1/stages/{proposal}", json=demands, headers=EVERY)
        made = await begin(client)

        await client.delete(f"/v1/deals/custom-fields/{field['id']}", headers=EVERY)
        moved = await client.put(
            f"/v1/deals/{made['id']}/stage", json={"stage_id": str(proposal)}, headers=EVERY
        )

        assert moved.status_code == 200, moved.text

    async def test_a_stage_cannot_ask_for_what_is_not_there(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        proposal = stage_called(pipeline, "Proposal").id

        answer = await client.patch(
            f"/v1/stages/{proposal}", json={"required_fields": ["custom.wings"]}, headers=EVERY
        )

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["code"] == "unknown-field"
