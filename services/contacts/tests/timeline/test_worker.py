"""Timelines over a real broker: own words, redelivery, poison."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest_asyncio

from crm_shared.clock import utc_now
from crm_shared.embedded.nats import NatsServer
from crm_shared.events.jetstream import Link, Publisher
from crm_shared.ids import new_id
from crm_shared.testing.servers import Databases
from crm_shared.testing.system import System

MOVED = "crm.deals.deal.stage_changed.v1"
ANY = {"If-Match": "*"}


@pytest_asyncio.fixture
async def system(databases: Databases, nats_server: NatsServer) -> AsyncIterator[System]:
    async with System(databases, nats_server, ["crm_contacts"]) as system:
        yield system


class TestC2OverTheBus:
    async def test_tells_what_we_did_ourselves(self, system: System) -> None:
        admin = system.client("contacts")
        contact = (await admin.post("/v1/contacts", json={"last_name": "Шевченко"})).json()
        about = {"contact_id": contact["id"]}
        meeting = await admin.post("/v1/activities", json={"kind": "meeting", **about})
        path = f"/v1/activities/{meeting.json()['id']}/complete"
        await admin.post(path, json={"outcome": "agreed"}, headers=ANY)
        note = (await admin.post("/v1/notes", json={"text": "Любить каву", **about})).json()

        await system.settle()

        page = await admin.get(f"/v1/contacts/{contact['id']}/timeline")
        items = page.json()["items"]
        assert [(one["noun"], one["fact"]) for one in items] == [
            ("note", "created"),
            ("activity", "completed"),
            ("activity", "created"),
            ("contact", "created"),
        ]
        assert (items[0]["label"], items[1]["details"]["outcome"]) == ("Любить каву", "agreed")

        await admin.delete(f"/v1/notes/{note['id']}", headers=ANY)
        await system.settle()

        page = await admin.get(f"/v1/contacts/{contact['id']}/timeline")
        # that it was written stays; what it said is gone with it
        assert [one["label"] for one in page.json()["items"][:2]] == [None, None]

    async def test_a_poisoned_event_holds_nobody_up_and_a_repeated_one_is_told_once(
        self, system: System, nats_server: NatsServer
    ) -> None:
        admin = system.client("contacts")
        contact = (await admin.post("/v1/contacts", json={"last_name": "Шевченко"})).json()
        good, bad = moved(contact["id"]), moved("Канарейка")

        await publish(nats_server, [bad, good, good, bad])
        await system.settle()

        page = await admin.get(f"/v1/contacts/{contact['id']}/timeline?source=deals")
        assert [one["subject_id"] for one in page.json()["items"]] == [good["subject"]]
        letters = await system["contacts"].sql("SELECT reason, durable FROM dead_letters")
        told = {one["reason"] for one in letters if one["durable"] == "contacts-deals-timeline"}
        assert told == {"the snapshot cannot be read"}


async def publish(nats_server: NatsServer, events: list[dict[str, Any]]) -> None:
    publisher = await Publisher.connect(Link(nats_server.url, "tests"))
    await publisher.ensure_stream("deals", days=1)
    await publisher.publish(
        "deals", [(MOVED, str(new_id()), json.dumps(event)) for event in events]
    )
    await publisher.close()


def moved(contact_id: str) -> dict[str, Any]:
    now, stage = utc_now().isoformat(), {"id": str(new_id()), "outcome": "open"}
    deal = {
        "owner_id": None,
        "team_id": None,
        "contact_id": contact_id,
        "company_id": None,
        "pipeline_id": str(new_id()),
        "stage_id": stage["id"],
        "outcome": "open",
    }
    return {
        "specversion": "1.0",
        "id": str(new_id()),
        "source": "/crm/deals",
        "type": MOVED,
        "subject": str(new_id()),
        "time": now,
        "recordedtime": now,
        "dataschema": f"/contracts/{MOVED}.json",
        "revision": 2,
        "actorid": str(UUID(int=0)),
        "correlationid": str(new_id()),
        "data": {"deal": deal, "from_stage": stage, "to_stage": stage},
    }
