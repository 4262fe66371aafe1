"""The worker over a real broker: a moved deal becomes a letter, poison or not."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import pytest_asyncio

from crm_notifications.testing import MOVED, make_contact, stage_moved
from crm_shared.embedded.nats import NatsServer
from crm_shared.events.jetstream import Bus, Link, Publisher
from crm_shared.ids import new_id
from crm_shared.testing.servers import Databases
from crm_shared.testing.system import System

TEXTS = {"uk": {"subject": "Крок", "text": "{{ contact.first_name }}: {{ to_stage.label }}"}}


@pytest_asyncio.fixture
async def system(databases: Databases, nats_server: NatsServer) -> AsyncIterator[System]:
    async with System(databases, nats_server, ["crm_notifications"]) as system:
        yield system


@pytest_asyncio.fixture
async def contacts(nats_server: NatsServer) -> AsyncIterator[set[str]]:
    """Somebody who answers for contacts and knows everybody; gives whom it was asked about."""
    bus = await Bus.connect(Link(nats_server.url, "tests"))
    asked: set[str] = set()

    async def answer(question: dict[str, Any]) -> bytes:
        if question["kind"] != "contact":  # nobody is erased, no deal is known
            return b'{"items":[]}'
        asked.update(question["ids"])
        items = [{"id": one, "revision": 1, "data": make_contact()} for one in question["ids"]]
        return json.dumps({"items": items}).encode()

    await bus.respond("crm-refs.contacts", "contacts", answer)
    yield asked
    await bus.close()


async def given_rule(system: System) -> None:
    admin = system.client("notifications")
    template = await admin.post("/v1/templates", json={"name": "Moved", "texts": TEXTS})
    rule = {
        "name": "Tell",
        "event_type": MOVED,
        "template_id": template.json()["id"],
        "recipient": "client",
    }
    answer = await admin.post("/v1/message-rules", json=rule)
    assert answer.status_code == 201, answer.text


async def publish(nats_server: NatsServer, envelopes: Sequence[Any]) -> None:
    publisher = await Publisher.connect(Link(nats_server.url, "tests"))
    await publisher.ensure_stream("deals", days=1)
    # message ids of their own: what the stream does not drop, the inbox has to
    await publisher.publish(
        "deals", [(MOVED, str(new_id()), one.model_dump_json()) for one in envelopes]
    )
    await publisher.close()


class TestMovedDeal:
    async def test_becomes_a_letter_to_somebody_first_heard_of(
        self, system: System, nats_server: NatsServer, contacts: set[str]
    ) -> None:
        await given_rule(system)
        moved = stage_moved()

        await publish(nats_server, [moved])
        await system.settle()
        admin = system.client("notifications")
        [message] = (await admin.get(f"/v1/messages?deal_id={moved.subject}")).json()["items"]
        assert contacts == {moved.data.as_dict()["deal"]["contact_id"]}
        assert message["status"] == "sent"
        [letter] = (await admin.get("/v1/channels/mailbox/messages")).json()["items"]
        assert (letter["id"], letter["text"]) == (message["id"], "Олена: Proposal")

    async def test_is_written_about_once_however_often_it_is_published(
        self, system: System, nats_server: NatsServer, contacts: set[str]
    ) -> None:
        await given_rule(system)
        moved = stage_moved()

        await publish(nats_server, [moved, moved])
        await publish(nats_server, [moved])
        await system.settle()

        rows = await system["notifications"].sql("SELECT id FROM messages")
        assert len(rows) == 1

    async def test_is_not_held_up_by_poison(
        self, system: System, nats_server: NatsServer, contacts: set[str]
    ) -> None:
        await given_rule(system)
        good = stage_moved()
        poison = [stage_moved(contact_id="canary@example.com") for _ in range(2)]

        await publish(nats_server, [poison[0], good, poison[1]])
        await system.settle()

        rows = await system["notifications"].sql("SELECT subject_id FROM messages")
        assert [UUID(str(row["subject_id"])) for row in rows] == [good.subject]
        letters = await system["notifications"].sql("SELECT durable, reason FROM dead_letters")
        assert [one["durable"] for one in letters] == ["notifications-deals-message-rules"] * 2
        assert not any("canary" in one["reason"] for one in letters)


class TestFeed:
    """I1: over a real broker: published twice and beside poison, told once, to webhooks too."""

    async def test_tells_each_event_once(self, system: System, nats_server: NatsServer) -> None:
        admin = system.client("notifications")
        hook = {"name": "W", "url": "https://127.0.0.1.example.invalid/", "event_types": ["crm.>"]}
        made = await admin.post("/v1/webhooks", json=hook)
        assert made.status_code == 201, made.text
        await system.settle()
        moved, other = stage_moved(), stage_moved()
        odd = stage_moved().model_copy(update={"revision": 0})

        await publish(nats_server, [moved, odd, moved, other])
        await publish(nats_server, [moved])
        await system.settle()

        page = (await admin.get("/v1/events?types=crm.deals.>")).json()
        assert [UUID(one["event"]["id"]) for one in page["events"]] == [moved.id, other.id]
        log = (await admin.get(f"/v1/webhooks/{made.json()['id']}/deliveries")).json()["items"]
        told = [one for one in log if one["event_type"] == MOVED]
        assert {UUID(one["event_id"]) for one in told} == {moved.id, other.id}
        assert len(told) == 2
        assert {one["last_error"] for one in told} <= {"name-not-found", "timeout"}
        letters = await system["notifications"].sql("SELECT durable FROM dead_letters")
        assert "notifications-deals-feed" in [one["durable"] for one in letters]
