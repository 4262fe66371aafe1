"""X10, X14, X16, X21: one service is slow, set wrong, newer or away; the others do not notice.

All in one process and one system: what is slow or away is a row that is locked, a clock in an
envelope, a worker that is stopped.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest_asyncio
from sqlalchemy import text
from story import Story

from crm_shared.clock import utc_now
from crm_shared.embedded.nats import NatsServer
from crm_shared.ids import new_id
from crm_shared.testing.servers import Databases
from crm_shared.testing.system import System

PACKAGES = ("crm_contacts", "crm_deals", "crm_notifications", "crm_reporting")


@pytest_asyncio.fixture(scope="module")
async def system(databases: Databases, nats_server: NatsServer) -> AsyncIterator[System]:
    """One system for all of these: each test moves a deal of its own."""
    async with System(databases, nats_server, PACKAGES) as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def story(system: System) -> Story:
    told = Story(system)
    await told.prepare()
    return told


async def drive(system: System, *names: str) -> None:
    """Let only these services work until nothing moves between them."""
    while sum([await system[one].relay_once() + await system[one].handle_once() for one in names]):
        pass


async def rewrite(system: System, change: Any) -> None:
    """Let events of deals that are not published yet say something else."""
    rows = await system["deals"].sql(
        "SELECT id, envelope FROM outbox WHERE published_at IS NULL ORDER BY id"
    )
    async with system["deals"].worker.sessions.begin() as session:
        for place, row in enumerate(rows):
            said = json.dumps(change(json.loads(row["envelope"]), place))
            update = text("UPDATE outbox SET envelope = :said WHERE id = :id")
            await session.execute(update, {"said": said, "id": row["id"]})


async def behind(system: System, service: str) -> int:
    """How many events the handlers of a service have not finished."""
    worker = system[service].worker
    bus, read = worker.context().bus, worker.parts.subscriptions
    return sum([await bus.pending(one.stream, one.durable) for one in read])


async def buried(system: System) -> int:
    rows = [await one.sql("SELECT id FROM dead_letters") for one in system.services.values()]
    return sum(map(len, rows))


class TestX10ABlockedConsumer:
    async def test_holds_up_no_other_shows_how_far_it_is_behind_and_catches_up(
        self, system: System, story: Story
    ) -> None:
        deal = await story.new_deal()
        await system.settle()
        reporting = system["reporting"]
        async with reporting.worker.sessions() as elsewhere:
            await elsewhere.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
            await story.move(deal, "Proposal")
            await system["deals"].relay_once()
            stuck = asyncio.create_task(reporting.handle_once())
            # one thread of work for all would stand still here
            await asyncio.wait({stuck}, timeout=0.5)
            assert not stuck.done()
            assert (await story.reactions(deal)).tasks == []

            await drive(system, "deals", "contacts", "notifications")

            seen = await story.reactions(deal)
            assert (len(seen.tasks), len(seen.messages), seen.facts) == (1, 1, 1)
            assert seen.messages[0]["status"] == "sent"
            assert await behind(system, "reporting") > 0
            await elsewhere.rollback()
        await asyncio.gather(stuck, return_exceptions=True)

        await system.settle()
        assert (await story.reactions(deal)).facts == 2
        assert await behind(system, "reporting") == 0
        assert await buried(system) == 0


class TestX14AWrongClock:
    async def test_of_the_publisher_changes_no_order_and_no_effect(
        self, system: System, story: Story
    ) -> None:
        """An hour ahead for the first move, an hour behind for the second: the revision counts."""
        deal = await story.new_deal()
        await system.settle()
        first = await story.move(deal, "Proposal")
        last = await story.move(first, "New")

        def skew(envelope: dict[str, Any], _place: int) -> dict[str, Any]:
            off = timedelta(hours=1 if envelope["revision"] == first["revision"] else -1)
            return envelope | {"time": (datetime.fromisoformat(envelope["time"]) + off).isoformat()}

        await rewrite(system, skew)
        await system.settle()

        seen = await story.reactions(deal)
        assert len(seen.messages) == 2
        assert {one["status"] for one in seen.messages} == {"sent"}
        assert len(seen.tasks) == 2
        facts = await system["reporting"].sql(
            "SELECT revision FROM deal_facts WHERE deal_id = :deal ORDER BY revision DESC",
            deal=UUID(deal["id"]),
        )
        assert facts[0]["revision"] == last["revision"]
        # what the skewed clock said is shown as it was said, within the hour
        shown = datetime.fromisoformat(seen.messages[0]["happened_at"])
        assert abs(shown - utc_now()) < timedelta(hours=2)


class TestX16APartialDeploy:
    async def test_a_newer_publisher_is_read_by_older_readers(
        self, system: System, story: Story
    ) -> None:
        """Fields nobody knows yet stand everywhere, and a v2 goes out beside the v1."""
        deal = await story.new_deal()
        await story.move(deal, "Proposal")
        unknown = {"from_the_future": {"nested": [1, {"a": None}]}}

        def newer(envelope: dict[str, Any], _place: int) -> dict[str, Any]:
            data = envelope["data"] | unknown
            data |= {name: part | unknown for name, part in data.items() if isinstance(part, dict)}
            return envelope | unknown | {"data": data}

        await rewrite(system, newer)
        beside = text(
            "INSERT INTO outbox (event_id, aggregate_id, revision, type, envelope, recorded_at) "
            "SELECT :id, :own, 1, replace(type, '.v1', '.v2'), replace(replace(envelope, "
            "'stage_changed.v1', 'stage_changed.v2'), event_id::text, :said), now() "
            "FROM outbox WHERE published_at IS NULL AND type LIKE '%stage_changed%'"
        )
        async with system["deals"].worker.sessions.begin() as session:
            await session.execute(
                beside, {"id": (id_ := new_id()), "said": str(id_), "own": new_id()}
            )
        await system.settle()

        seen = await story.reactions(deal)
        assert (len(seen.tasks), len(seen.messages), seen.facts) == (1, 1, 2)
        assert await buried(system) == 0


class TestX21ContactsIsAway:
    async def test_while_notifications_writes_to_somebody_new(
        self, system: System, story: Story
    ) -> None:
        """Messages wait for the address, then go; none is lost and none goes twice."""
        await system["contacts"].stop_worker()
        client = await story.make(
            story.contacts,
            "/v1/contacts",
            first_name="Нова",
            emails=[{"value": "new@example.org", "is_primary": True}],
        )
        deal = await story.new_deal(contact_id=client["id"])
        await story.move(deal, "Proposal")
        await system["deals"].relay_once()
        notifications = system["notifications"]
        for runner in notifications.worker.runners:
            await runner.drain()
        [send] = [job for job in notifications.worker.jobs if job.name == "send-email"]
        await send.run(notifications.worker.context())

        [waiting] = (await story.reactions(deal)).messages
        assert (waiting["status"], waiting["reason"]) == ("queued", "recipient-not-known-yet")

        await system["contacts"].start_worker()
        await system.settle()
        await system.settle()

        [gone] = (await story.reactions(deal)).messages
        assert gone["status"] == "sent"
        letters = await notifications.sql(
            "SELECT id FROM mailbox_letters WHERE to_address = 'new@example.org'"
        )
        assert [str(one["id"]) for one in letters] == [gone["id"]]
