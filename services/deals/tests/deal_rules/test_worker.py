"""T3: rules over a real broker: redelivery, poison, a service that was away, automation alike."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio

from crm_shared.embedded.nats import NatsServer
from crm_shared.events.jetstream import Link, Publisher
from crm_shared.ids import new_id
from crm_shared.testing.servers import Databases
from crm_shared.testing.system import System

ANY = {"If-Match": "*"}
CALLED = "crm.contacts.call.logged.v1"


@pytest_asyncio.fixture
async def system(databases: Databases, nats_server: NatsServer) -> AsyncIterator[System]:
    async with System(databases, nats_server, ["crm_contacts", "crm_deals"]) as system:
        yield system


async def a_deal(admin: httpx.AsyncClient) -> dict[str, Any]:
    made: dict[str, Any] = (await admin.post("/v1/deals", json={"title": "x"})).json()
    return made


async def rule(admin: httpx.AsyncClient, event_type: str, *actions: dict[str, Any]) -> str:
    body = {"name": "x", "event_type": event_type, "actions": list(actions)}
    answer = await admin.post("/v1/deal-rules", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def called(deal_id: str, **extensions: Any) -> dict[str, Any]:
    now = "2030-01-01T10:00:00Z"
    return {
        "specversion": "1.0",
        "id": str(new_id()),
        "source": "/crm/contacts",
        "type": CALLED,
        "subject": str(new_id()),
        "time": now,
        "recordedtime": now,
        "dataschema": "x",
        "revision": 1,
        "actorid": str(UUID(int=0)),
        "correlationid": str(new_id()),
        "data": {"call": {"deal_id": deal_id, "direction": "inbound", "answered": False}},
        **extensions,
    }


async def publish(nats: NatsServer, events: list[dict[str, Any]]) -> None:
    publisher = await Publisher.connect(Link(nats.url, "tests"))
    # message ids of their own: what the stream does not drop, the inbox has to
    told = [(CALLED, str(new_id()), json.dumps(event)) for event in events]
    await publisher.publish("contacts", told)
    await publisher.close()


class TestT3OverTheBroker:
    async def test_one_move_one_run_and_the_next_rule_hears_of_it(self, system: System) -> None:
        admin = system.client("deals")
        moving = await rule(
            admin,
            "crm.deals.deal.created.v1",
            {"do": "fill", "field": "channel", "value": "phone"},
        )
        filling = await rule(
            admin,
            "crm.deals.deal.updated.v1",
            {"do": "fill", "field": "source", "value": "rule"},
        )

        deal = await a_deal(admin)
        await system.settle()

        seen = (await admin.get(f"/v1/deals/{deal['id']}")).json()
        assert (seen["channel"], seen["source"]) == ("phone", "rule")
        assert seen["revision"] == 3
        runs = [(await admin.get(f"/v1/deal-rules/{one}/runs")).json() for one in (moving, filling)]
        assert [run["outcome"] for run in runs[0]] == ["done"]
        assert sorted((run["outcome"], run["reason"], run["depth"]) for run in runs[1]) == [
            ("done", None, 1),
            ("skipped", "nothing-to-change", 2),
        ]

    async def test_a_worker_that_was_away_catches_up_and_does_nothing_twice(
        self, system: System
    ) -> None:
        admin = system.client("deals")
        rule_id = await rule(
            admin,
            "crm.deals.deal.created.v1",
            {"do": "fill", "field": "channel", "value": "phone"},
        )
        await system.settle()
        await system["deals"].stop_worker()
        deals = [await a_deal(admin) for _ in range(3)]
        await system["deals"].start_worker()
        for _again in range(2):
            await system.settle()

        runs = (await admin.get(f"/v1/deal-rules/{rule_id}/runs")).json()
        assert {run["deal_id"] for run in runs} == {deal["id"] for deal in deals}
        assert len(runs) == 3

    async def test_poison_is_buried_and_an_event_that_comes_twice_acts_once(
        self, system: System, nats_server: NatsServer
    ) -> None:
        admin = system.client("deals")
        rule_id = await rule(admin, CALLED, {"do": "fill", "field": "channel", "value": "phone"})
        deal = await a_deal(admin)
        await system.settle()
        good, nobody = called(deal["id"]), called("nobody's")
        unreadable = called(deal["id"], subject="?")

        await publish(nats_server, [unreadable, good, nobody, good])
        await system.settle()

        runs = (await admin.get(f"/v1/deal-rules/{rule_id}/runs")).json()
        assert sorted(str(run["reason"]) for run in runs) == [
            "None",
            "no-deal: the event is about none",
        ]
        seen = (await admin.get(f"/v1/deals/{deal['id']}")).json()
        assert (seen["channel"], seen["revision"]) == ("phone", 2)
        letters = await system["deals"].sql("SELECT DISTINCT durable FROM dead_letters")
        assert "deals-rules-contacts" in {one["durable"] for one in letters}
