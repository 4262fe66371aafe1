"""API keys over HTTP: made once shown, changed, adopted, revoked."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.api_keys.models import ApiKey
from crm_contacts.events import ApiKeyCreated, ApiKeyRevoked, ApiKeyUpdated
from crm_contacts.versions.models import Version
from crm_shared.actor import Actor
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

KEY = {"name": "Warehouse", "scopes": ["contacts:read", "deals:*"]}
ANY = {"If-Match": "*"}


class TestCreateApiKey:
    """S3, I7: a key with limited rights, told once."""

    async def test_shows_the_key_once_and_keeps_only_its_hash(
        self, client: httpx.AsyncClient, session: AsyncSession, actor: Actor
    ) -> None:
        answer = await client.post("/v1/api-keys", json=KEY)

        made = answer.json()
        assert answer.status_code == 201, answer.text
        assert made["key"].startswith(made["hint"])
        assert made["maker_id"] == str(actor.id)
        assert answer.headers["cache-control"] == "no-store"
        again = await client.get(f"/v1/api-keys/{made['id']}")
        assert "key" not in again.json()
        [envelope] = await recorded(session, ApiKeyCreated)
        assert envelope.data.api_key.scopes == ["contacts:read", "deals:*"]
        [version] = await session.scalars(select(Version))
        kept = "\n".join(
            row[0] for row in await session.execute(text("SELECT k::text FROM api_keys k"))
        )
        for told in (envelope.model_dump_json(), str(version.data), kept):
            assert made["key"] not in told
        assert "Warehouse" not in envelope.model_dump_json()

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("scopes", []),
            ("scopes", ["everything"]),
            ("scopes", ["deals:read", "Deals:Read"]),
            ("role", "system"),
            ("rate_limit", 0),
            ("expires_at", "2026-01-01"),
            ("name", " "),
        ],
    )
    async def test_refuses_what_breaks_a_rule(
        self, client: httpx.AsyncClient, field: str, value: Any
    ) -> None:
        answer = await client.post("/v1/api-keys", json={**KEY, field: value})

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"].startswith(f"/{field}")

    async def test_refuses_an_end_that_has_passed(self, client: httpx.AsyncClient) -> None:
        past = (utc_now() - timedelta(minutes=1)).isoformat()

        answer = await client.post("/v1/api-keys", json={**KEY, "expires_at": past})

        assert (answer.status_code, answer.json()["code"]) == (422, "expiry-passed")

    async def test_is_for_admins(self, client_as: ClientAs) -> None:
        answer = await client_as("head").post("/v1/api-keys", json=KEY)

        assert answer.status_code == 403


class TestUpdateApiKey:
    async def test_announces_its_new_rights(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        key_id = await made(client)

        answer = await client.patch(
            f"/v1/api-keys/{key_id}", json={"scopes": ["deals:read"]}, headers=ANY
        )

        assert answer.json()["scopes"] == ["deals:read"]
        [envelope] = await recorded(session, ApiKeyUpdated)
        assert envelope.data.changed == ["scopes"]
        assert envelope.data.previous == {"scopes": ["contacts:read", "deals:*"]}

    async def test_a_colleague_answers_for_it_from_now_on(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        key_id = await made(client)
        colleague = new_id()

        answer = await client_as("admin", user_id=colleague).post(
            f"/v1/api-keys/{key_id}/adopt", headers=ANY
        )

        assert answer.json()["maker_id"] == str(colleague)
        [envelope] = await recorded(session, ApiKeyUpdated)
        assert envelope.data.api_key.maker_id == colleague


class TestRevokeApiKey:
    async def test_announces_it_and_stays_to_be_seen(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        key_id = await made(client)

        answer = await client.delete(f"/v1/api-keys/{key_id}", headers=ANY)

        assert answer.status_code == 204
        [envelope] = await recorded(session, ApiKeyRevoked)
        assert envelope.data.api_key.is_active is False
        listed = (await client.get("/v1/api-keys")).json()["items"]
        assert [key["revoked_at"] is not None for key in listed] == [True]

    async def test_there_is_no_way_back(self, client: httpx.AsyncClient) -> None:
        key_id = await made(client)
        await client.delete(f"/v1/api-keys/{key_id}", headers=ANY)

        for answer in (
            await client.delete(f"/v1/api-keys/{key_id}", headers=ANY),
            await client.patch(f"/v1/api-keys/{key_id}", json={"rate_limit": 9}, headers=ANY),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "api-key-revoked")

    async def test_needs_the_revision_that_was_seen(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        key_id = await made(client)

        answer = await client.delete(f"/v1/api-keys/{key_id}", headers={"If-Match": '"7"'})

        assert answer.status_code == 412
        key = await session.get(ApiKey, UUID(key_id))
        assert key is not None
        assert key.is_active


async def made(client: httpx.AsyncClient) -> str:
    answer = await client.post("/v1/api-keys", json=KEY)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
