"""S3, I7: one key for all services, known by events, refused within the time of one event."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text
from story import Story

from crm_contacts.api_keys.jobs import collect_uses
from crm_shared.clock import utc_now
from crm_shared.embedded.nats import NatsServer
from crm_shared.testing.servers import Databases
from crm_shared.testing.system import RunningService, System

PACKAGES = ("crm_contacts", "crm_deals", "crm_notifications", "crm_reporting")
READS = {
    "contacts": "/v1/contacts",
    "deals": "/v1/deals",
    "notifications": "/v1/templates",
    "reporting": "/v1/metrics",
}
ANY = {"If-Match": "*"}


@pytest_asyncio.fixture(scope="module")
async def system(databases: Databases, nats_server: NatsServer) -> AsyncIterator[System]:
    """All four services, for all of these: every test makes keys of its own."""
    async with System(databases, nats_server, PACKAGES) as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def story(system: System) -> Story:
    """The company that all of these share."""
    story = Story(system)
    await story.prepare()
    return story


class TestApiKeys:
    async def test_opens_every_service_until_it_is_revoked(
        self, system: System, story: Story
    ) -> None:
        key = await made(system, story.contacts, ["*:read"])
        for service, path in READS.items():
            assert await status(system, service, path, key) == 200, service

        await story.contacts.delete(f"/v1/api-keys/{key['id']}", headers=ANY)
        await told(system)

        for service, path in READS.items():
            assert await status(system, service, path, key) == 401, service

    async def test_may_no_more_than_its_scopes_and_its_role(
        self, system: System, story: Story
    ) -> None:
        key = await made(system, story.contacts, ["deals:read", "users:write"])

        assert await status(system, "deals", "/v1/deals", key) == 200
        body = {"title": "Shoes"}
        assert await status(system, "deals", "/v1/deals", key, json=body) == 403
        assert await status(system, "contacts", "/v1/contacts", key) == 403
        body = {"name": "Somebody", "role": "admin"}
        assert await status(system, "contacts", "/v1/users", key, json=body) == 403

    async def test_what_it_does_is_done_in_its_name(self, system: System, story: Story) -> None:
        """I7: all that an agent does is on record as the key's doing."""
        key = await made(system, story.contacts, ["contacts:*"])
        body = {"last_name": "Шевченко"}

        assert await status(system, "contacts", "/v1/contacts", key, json=body) == 201

        [event] = await system["contacts"].sql(
            "SELECT envelope::json->>'actorid' AS actor FROM outbox "
            "WHERE type = 'crm.contacts.contact.created.v1' ORDER BY id DESC LIMIT 1"
        )
        [version] = await system["contacts"].sql(
            "SELECT actor_id FROM versions WHERE kind = 'contact' ORDER BY at DESC LIMIT 1"
        )
        assert (event["actor"], version["actor_id"]) == (key["id"], UUID(key["id"]))

    async def test_falls_with_the_account_that_answers_for_it(
        self, system: System, story: Story
    ) -> None:
        admin = await story.make(story.contacts, "/v1/users", name="Leaving", role="admin")
        stays = await story.make(story.contacts, "/v1/users", name="Staying", role="admin")
        await told(system)
        leaving = system.client("contacts", "admin", user_id=UUID(admin["id"]))
        key = await made(system, leaving, ["*:read"])

        await story.contacts.patch(
            f"/v1/users/{admin['id']}", json={"is_active": False}, headers=ANY
        )
        await told(system)

        for service, path in READS.items():
            assert await status(system, service, path, key) == 401, service
        colleague = system.client("contacts", "admin", user_id=UUID(stays["id"]))
        await colleague.post(f"/v1/api-keys/{key['id']}/adopt", headers=ANY)
        await told(system)
        assert await status(system, "deals", "/v1/deals", key) == 200

    async def test_ends_by_itself(self, system: System, story: Story) -> None:
        end = utc_now() + timedelta(seconds=600)
        key = await made(system, story.contacts, ["*:read"], expires_at=end.isoformat())
        assert await status(system, "deals", "/v1/deals", key) == 200

        await change(
            system["deals"],
            "UPDATE known_api_keys SET expires_at = now() - interval '1 s', changed_at = now()",
        )
        await system["deals"].app.state.directory.refresh()

        assert await status(system, "deals", "/v1/deals", key) == 401

    async def test_has_a_limit_of_its_own(self, system: System, story: Story) -> None:
        key = await made(system, story.contacts, ["*:read"], rate_limit=3)

        codes = [await status(system, "deals", "/v1/deals", key) for _ in range(8)]

        assert codes[:3] == [200, 200, 200]
        assert 429 in codes[3:]

    async def test_tells_when_it_was_last_used_anywhere(self, system: System, story: Story) -> None:
        key = await made(system, story.contacts, ["*:read"])
        assert await status(system, "reporting", "/v1/metrics", key) == 200

        await system["reporting"].app.state.directory.tell_uses()
        await collect_uses(system["contacts"].worker.context())

        shown = (await story.contacts.get(f"/v1/api-keys/{key['id']}")).json()
        assert shown["last_used_at"] is not None

    async def test_makes_no_keys(self, system: System, story: Story) -> None:
        key = await made(system, story.contacts, ["*:*"], role="admin")
        body = {"name": "Heir", "scopes": ["*:*"]}

        assert await status(system, "contacts", "/v1/api-keys", key, json=body) == 403

    @pytest.mark.parametrize("secret", ["crm_", "crm_nobody-has-this-one", "crm_é"])
    async def test_an_unknown_one_is_refused(
        self, system: System, story: Story, secret: str
    ) -> None:
        del story
        assert await status(system, "deals", "/v1/deals", {"key": secret}) == 401

    async def test_news_of_it_may_come_twice_and_late(self, system: System, story: Story) -> None:
        key = await made(system, story.contacts, ["deals:read"])
        await story.contacts.delete(f"/v1/api-keys/{key['id']}", headers=ANY)
        await told(system)

        await change(
            system["contacts"],
            "UPDATE outbox SET published_at = NULL, stream_seq = NULL "
            "WHERE type = 'crm.contacts.api_key.created.v1'",
        )
        await told(system)

        assert await status(system, "deals", "/v1/deals", key) == 401


async def made(
    system: System, client: httpx.AsyncClient, scopes: list[str], **more: Any
) -> dict[str, Any]:
    answer = await client.post("/v1/api-keys", json={"name": "Program", "scopes": scopes, **more})
    assert answer.status_code == 201, answer.text
    await told(system)
    key: dict[str, Any] = answer.json()
    return key


async def change(service: RunningService, statement: str) -> None:
    async with service.worker.sessions.begin() as session:
        await session.execute(text(statement))


async def told(system: System) -> None:
    await system.settle()
    for service in system.services.values():
        await service.app.state.directory.refresh()


async def status(
    system: System, service: str, path: str, key: dict[str, Any], *, json: Any = None
) -> int:
    client = system.client(service)
    headers = {b"Authorization": f"Bearer {key['key']}".encode()}
    method = "GET" if json is None else "POST"
    return (await client.request(method, path, headers=headers, json=json)).status_code
