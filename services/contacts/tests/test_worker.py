"""The worker over a real broker: known users, reactions, dead letters, names on request."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.refs import REFS
from crm_contacts.testing import (
    make_company,
    make_contact,
    make_lead,
    make_task,
    make_team,
    make_user,
)
from crm_contacts.worker import PARTS
from crm_shared.clock import utc_now
from crm_shared.db.types import Aggregate
from crm_shared.embedded.nats import NatsServer
from crm_shared.events.jetstream import Link, Publisher
from crm_shared.ids import new_id
from crm_shared.testing.servers import Databases
from crm_shared.testing.system import System

MOVED = "crm.deals.deal.stage_changed.v1"


@pytest_asyncio.fixture
async def system(databases: Databases, nats_server: NatsServer) -> AsyncIterator[System]:
    async with System(databases, nats_server, ["crm_contacts"]) as system:
        yield system


class TestDeactivatedUser:
    async def test_is_refused_as_soon_as_the_event_has_come(self, system: System) -> None:
        admin = system.client("contacts")
        made = await admin.post("/v1/users", json={"name": "Олена", "role": "seller"})
        seller = system.client("contacts", "seller", user_id=UUID(made.json()["id"]))
        await settled(system)
        assert (await seller.get("/v1/me")).status_code == 200

        await admin.patch(
            f"/v1/users/{made.json()['id']}",
            json={"is_active": False},
            headers={"If-Match": "*"},
        )
        await settled(system)

        assert (await seller.get("/v1/me")).status_code == 401

    async def test_has_another_role_at_once(self, system: System) -> None:
        admin = system.client("contacts")
        made = await admin.post("/v1/users", json={"name": "Олена", "role": "seller"})
        promoted = system.client("contacts", "seller", user_id=UUID(made.json()["id"]))

        await admin.patch(
            f"/v1/users/{made.json()['id']}", json={"role": "head"}, headers={"If-Match": "*"}
        )
        await settled(system)

        assert (await promoted.get("/v1/me")).json()["role"] == "head"


class TestPoisonedMove:
    async def test_ends_in_the_dead_letters_and_holds_nobody_up(
        self, system: System, nats_server: NatsServer
    ) -> None:
        admin = system.client("contacts")
        await rule(admin)
        good, owner = new_id(), new_id()

        await publish(nats_server, [poisoned(), moved(good, owner), poisoned()])
        await settled(system)

        tasks = (await admin.get("/v1/tasks")).json()["items"]
        assert [one["deal_id"] for one in tasks] == [str(good)]
        letters = await system["contacts"].sql("SELECT reason, durable FROM dead_letters")
        assert [one["durable"] for one in letters] == ["contacts-task-rules"] * 2

    async def test_makes_one_task_when_the_same_event_is_published_twice(
        self, system: System, nats_server: NatsServer
    ) -> None:
        admin = system.client("contacts")
        await rule(admin)
        event = moved(new_id(), new_id())

        await publish(nats_server, [event, event])
        await settled(system)

        assert len((await admin.get("/v1/tasks")).json()["items"]) == 1


class TestRefs:
    async def test_tell_names_and_the_first_address(self, session: AsyncSession) -> None:
        contact = make_contact(
            first_name="Тарас",
            emails=[
                {"value": "home@kobzar.example.com"},
                {"value": "work@kobzar.example.com", "is_primary": True},
            ],
            phones=[{"value": "067 123 45 67"}],
        )
        session.add(contact)
        await session.flush()

        [item] = await REFS["contact"](session, [contact.id, new_id()])

        assert item.data["first_name"] == "Тарас"
        assert item.data["email"] == "work@kobzar.example.com"
        assert item.data["phone"] == "+380671234567"

    async def test_tell_of_every_noun(self, session: AsyncSession) -> None:
        rows: dict[str, Aggregate] = {
            "user": make_user("Олена"),
            "team": make_team("Захід"),
            "company": make_company("Квітка", source_system="maven", external_id="K"),
            "task": make_task("Подзвонити"),
            "lead": make_lead("Стус", phones=[{"value": "067 123 45 67"}]),
        }
        session.add_all(rows.values())
        await session.flush()

        told = {kind: (await REFS[kind](session, [row.id]))[0] for kind, row in rows.items()}

        assert told["user"].data == {"name": "Олена", "email": None, "language": "en"}
        assert told["team"].data == {"name": "Захід"}
        assert told["company"].data == {"name": "Квітка", "sector": None}
        assert (told["company"].source_system, told["company"].external_id) == ("maven", "K")
        assert (told["lead"].data["name"], told["lead"].data["phone"]) == (
            "Стус",
            "+380671234567",
        )
        assert told["task"].data == {"title": "Подзвонити"}


def test_durables_keep_their_places() -> None:
    assert {one.durable for one in PARTS.subscriptions} == {
        "contacts-assignment",
        "contacts-inbound",
        "contacts-client-rules",
        "contacts-task-rules",
        "contacts-task-rules-new-deal",
        "contacts-deals-timeline",
        "contacts-notifications-timeline",
        "contacts-contacts-timeline",
        "contacts-search-words",
        "contacts-retention",
        "contacts-contacts-retention",
        "contacts-deals-retention",
        "contacts-notifications-retention",
        "contacts-contacts-readings",
        "contacts-deals-readings",
        "contacts-notifications-readings",
        "contacts-reporting-readings",
        "contacts-segments",
        "contacts-survey-invitations",
        "contacts-purchases",
        "contacts-customer-figures",
        "contacts-deals-fields",
        "contacts-deals-refs",
        "contacts-known-users",
        "contacts-known-teams",
        "contacts-known-api-keys",
        "contacts-deals-erasures",
        "contacts-notifications-erasures",
        "contacts-reporting-erasures",
        "contacts-contacts-exports",
        "contacts-deals-exports",
    }


async def settled(system: System) -> None:
    await system.settle()
    await system["contacts"].app.state.directory.refresh()


async def rule(admin: httpx.AsyncClient) -> None:
    body = {"name": "Після кроку", "event_type": MOVED, "tasks": [{"title": {"uk": "Дзвінок"}}]}
    answer = await admin.post("/v1/task-rules", json=body)
    assert answer.status_code == 201, answer.text


async def publish(nats_server: NatsServer, events: list[dict[str, Any]]) -> None:
    publisher = await Publisher.connect(Link(nats_server.url, "tests"))
    await publisher.ensure_stream("deals", days=1)
    # message ids of their own: what the stream does not drop, the inbox has to
    await publisher.publish(
        "deals", [(MOVED, str(new_id()), json.dumps(event)) for event in events]
    )
    await publisher.close()


def moved(deal_id: UUID, owner_id: UUID) -> dict[str, Any]:
    stage = {"id": str(new_id()), "outcome": "open"}
    now = utc_now().isoformat()
    return {
        "specversion": "1.0",
        "id": str(new_id()),
        "source": "/crm/deals",
        "type": MOVED,
        "subject": str(deal_id),
        "time": now,
        "recordedtime": now,
        "dataschema": f"/contracts/{MOVED}.json",
        "revision": 2,
        "actorid": str(owner_id),
        "correlationid": str(new_id()),
        "data": {
            "deal": {
                "owner_id": str(owner_id),
                "team_id": None,
                "contact_id": None,
                "company_id": None,
                "pipeline_id": str(new_id()),
                "stage_id": stage["id"],
                "outcome": "open",
            },
            "from_stage": stage,
            "to_stage": stage,
        },
    }


def poisoned() -> dict[str, Any]:
    event = moved(new_id(), new_id())
    del event["data"]["to_stage"]
    return event
