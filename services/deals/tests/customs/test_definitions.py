"""S6: definitions of custom fields: made, changed within what records bear, archived."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.events import (
    CustomFieldCreated,
    CustomFieldDeleted,
    CustomFieldRestored,
    CustomFieldUpdated,
)
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

pytestmark = pytest.mark.usefixtures("pipeline")
Define = Any
EVERY = {"If-Match": "*"}
FIELDS = "/v1/deals/custom-fields"


async def begin(client: httpx.AsyncClient, **fields: Any) -> str:
    answer = await client.post("/v1/deals", json={"title": "Chairs", "custom_fields": fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


class TestS6Defining:
    async def test_announces_labels_and_rules(self, session: AsyncSession, define: Define) -> None:
        made = await define("delivery", "choice", labels={"en": "Delivery", "uk": "Доставка"})

        [envelope] = await recorded(session, CustomFieldCreated)
        told = envelope.data.custom_field
        assert (told.noun, told.key, told.type, told.is_personal) == (
            "deal", "delivery", "choice", False,
        )  # fmt: skip
        assert told.labels == {"en": "Delivery", "uk": "Доставка"}
        assert made["revision"] == envelope.revision == 1

    async def test_a_text_is_personal_unless_one_says_otherwise(self, define: Define) -> None:
        assert (await define("gate_code"))["is_personal"] is True
        assert (await define("contract", is_personal=False))["is_personal"] is False
        assert (await define("floors", "integer"))["is_personal"] is False

    @pytest.mark.parametrize(
        ("change", "pointer", "code"),
        [
            ({"type": "choice"}, "/options", "mismatch"),
            ({"type": "reference"}, "/of", "mismatch"),
            ({"type": "reference", "of": "spaceship"}, "/of", "unknown-noun"),
            ({"type": "integer", "default": "many"}, "/default", "invalid-value"),
            ({"type": "boolean", "is_unique": True}, "/is_unique", "mismatch"),
            ({"is_indexed": True}, "/is_indexed", "mismatch"),
            ({"currency": "UAH"}, "/currency", "mismatch"),
            ({"key": "Has Spaces"}, "/key", "string_pattern_mismatch"),
            ({"labels": {}}, "/labels", "value_error"),
            ({"type": "colour"}, "/type", "enum"),
        ],
    )
    async def test_refuses_what_makes_no_sense(
        self, client: httpx.AsyncClient, change: dict[str, Any], pointer: str, code: str
    ) -> None:
        body = {"key": "x", "type": "text", "labels": {"en": "X"}, **change}

        answer = await client.post(FIELDS, json=body)

        assert answer.status_code == 422
        assert (pointer, code) in [(one["pointer"], one["code"]) for one in answer.json()["errors"]]
        assert (await client.get(FIELDS)).json()["items"] == []

    async def test_a_key_is_used_once_be_it_archived(
        self, client: httpx.AsyncClient, define: Define
    ) -> None:
        field = await define("floors", "integer")
        await client.delete(f"{FIELDS}/{field['id']}", headers=EVERY)

        answer = await client.post(
            FIELDS, json={"key": "floors", "type": "text", "labels": {"en": "Floors"}}
        )

        assert (answer.status_code, answer.json()["code"]) == (409, "custom-field-exists")

    async def test_only_administrators_and_integrations_define(self, client_as: ClientAs) -> None:
        body = {"key": "x", "type": "text", "labels": {"en": "X"}}
        for role in ("head", "seller", "marketing", "accountant", "viewer"):
            assert (await client_as(role).post(FIELDS, json=body)).status_code == 403
        assert (await client_as("seller").get(FIELDS)).status_code == 200


class TestS6Changing:
    async def test_type_and_privacy_stay_while_records_hold_values(
        self, client: httpx.AsyncClient, session: AsyncSession, define: Define
    ) -> None:
        field = await define("floors", "integer")
        deal = await begin(client, floors=2)
        path = f"{FIELDS}/{field['id']}"

        for change, pointer in (
            ({"type": "text"}, "/type"),
            ({"is_personal": True}, "/is_personal"),
        ):
            refused = await client.patch(path, json=change, headers=EVERY)
            assert (refused.status_code, refused.json()["code"]) == (409, "custom-field-in-use")
            assert refused.json()["records"] == 1
            assert refused.json()["errors"][0]["pointer"] == pointer
        emptied = {"custom_fields": {"floors": None}}
        await client.patch(f"/v1/deals/{deal}", json=emptied, headers=EVERY)
        changed = await client.patch(path, json={"type": "text"}, headers=EVERY)

        assert changed.json()["type"] == "text"
        [envelope] = await recorded(session, CustomFieldUpdated)
        assert (envelope.data.changed, envelope.data.previous) == (["type"], {"type": "integer"})

    async def test_an_option_in_use_is_archived_and_not_removed(
        self, client: httpx.AsyncClient, define: Define
    ) -> None:
        field = await define("delivery", "choice")
        deal = await begin(client, delivery="pickup")
        path, courier = f"{FIELDS}/{field['id']}", field["options"][1]

        refused = await client.patch(path, json={"options": [courier]}, headers=EVERY)
        archived = [{**field["options"][0], "is_archived": True}, courier]
        await client.patch(path, json={"options": archived}, headers=EVERY)
        stays = {"custom_fields": {"delivery": "pickup"}}
        kept = await client.patch(f"/v1/deals/{deal}", json=stays, headers=EVERY)
        chosen = await client.post("/v1/deals", json={"title": "Doors", **stays})
        unused = await client.patch(path, json={"options": [archived[0]]}, headers=EVERY)

        assert refused.status_code == 409
        assert "pickup" in refused.json()["detail"]
        assert kept.json()["custom_fields"] == {"delivery": "pickup"}
        assert chosen.json()["errors"][0]["code"] == "unknown-option"
        assert [one["code"] for one in unused.json()["options"]] == ["pickup"]

    async def test_becomes_unique_only_when_values_are(
        self, client: httpx.AsyncClient, define: Define
    ) -> None:
        field = await define("contract")
        first, _second = [await begin(client, contract="K-1") for _ in range(2)]
        path = f"{FIELDS}/{field['id']}"

        refused = await client.patch(path, json={"is_unique": True}, headers=EVERY)
        other = {"custom_fields": {"contract": "K-2"}}
        await client.patch(f"/v1/deals/{first}", json=other, headers=EVERY)
        changed = await client.patch(path, json={"is_unique": True}, headers=EVERY)

        assert (refused.status_code, refused.json()["code"]) == (409, "custom-field-not-unique")
        assert changed.json()["is_unique"] is True

    async def test_a_stale_revision_is_refused(
        self, client: httpx.AsyncClient, define: Define
    ) -> None:
        field = await define("floors", "integer")
        path = f"{FIELDS}/{field['id']}"
        await client.patch(path, json={"position": 3}, headers={"If-Match": '"1"'})

        answer = await client.patch(path, json={"position": 4}, headers={"If-Match": '"1"'})

        assert answer.status_code == 412


class TestS6Archiving:
    async def test_values_stay_are_asked_no_more_and_come_back(
        self, client: httpx.AsyncClient, session: AsyncSession, define: Define
    ) -> None:
        field = await define("floors", "integer")
        deal, path = await begin(client, floors=2), f"{FIELDS}/{field['id']}"

        await client.delete(path, headers=EVERY)
        hidden = await client.get("/v1/deals?custom.floors=2")
        change = {"custom_fields": {"floors": 3}}
        refused = await client.patch(f"/v1/deals/{deal}", json=change, headers=EVERY)
        await client.post(f"{path}/restore", headers=EVERY)
        found = await client.get("/v1/deals?custom.floors=2")

        assert hidden.status_code == 422
        assert refused.json()["errors"][0]["code"] == "archived-field"
        assert [item["id"] for item in found.json()["items"]] == [deal]
        [deleted] = await recorded(session, CustomFieldDeleted)
        [restored] = await recorded(session, CustomFieldRestored)
        assert (deleted.data.custom_field.is_archived, deleted.revision) == (True, 2)
        assert (restored.data.custom_field.is_archived, restored.revision) == (False, 3)


class TestS6Indexes:
    async def test_equality_and_ranges_find_an_index(
        self, client: httpx.AsyncClient, session: AsyncSession, define: Define
    ) -> None:
        await define("floors", "integer", is_indexed=True)
        await begin(client, floors=2)
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        equal = (
            "SELECT id FROM deals WHERE custom_fields <> '{}'::jsonb "
            """AND custom_fields @> '{"floors": 2}'"""
        )
        beyond = "SELECT id FROM deals WHERE CAST(custom_fields ->> 'floors' AS bigint) > 1"

        plans = [
            " ".join(await session.scalars(text(f"EXPLAIN {query}"))) for query in (equal, beyond)
        ]

        assert "ix_deals_custom_fields" in plans[0]
        assert "ix_deals_custom_floors" in plans[1]
