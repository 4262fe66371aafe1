"""What reporting does with the streams: keeps all, counts once, mends gaps."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from prometheus_client import REGISTRY
from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.consumers.jobs import repair, watch_streams
from crm_reporting.consumers.streams import DURABLES
from crm_reporting.ledger import queries
from crm_reporting.ledger.models import LedgerEntry, Projection
from crm_reporting.settings import Settings
from crm_reporting.testing import DealStory, Tell, envelope, moment, named, snapshot
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions, make_engine, make_sessions
from crm_shared.db.infrastructure import OUTBOX
from crm_shared.embedded.nats import NatsServer
from crm_shared.events import event_log
from crm_shared.events.consumer import Discard
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.events.jetstream import Bus, Link, Publisher
from crm_shared.events.relay import OutboxRelay, RelaySettings
from crm_shared.testing.servers import Databases
from crm_shared.worker import JobContext

NOW = timedelta(0)
START = moment("2026-03-02 10:00")


@dataclass(frozen=True)
class Deals:
    """The publisher's end of the street: its database, its relay, and its answers on the bus."""

    url: str
    nats_url: str
    bus: Bus

    async def record(self, events: Sequence[Envelope[Any]]) -> None:
        """Write events into the log of deals."""
        rows = [
            {
                "event_id": event.id,
                "aggregate_id": event.subject,
                "revision": event.revision,
                "type": event.type,
                "envelope": event.model_dump_json(),
                "recorded_at": event.recordedtime,
                "bulk": False,
            }
            for event in events
        ]
        engine = make_engine(self.url, application="crm-tests-deals")
        async with engine.begin() as connection:
            await connection.execute(insert(OUTBOX), rows)
        await engine.dispose()

    async def publish(self) -> None:
        """Publish what is in the log."""
        link = Link(self.nats_url, "deals-relay")
        relay = OutboxRelay(RelaySettings("deals", self.url), lambda: Publisher.connect(link))
        async with relay.leading() as leader:
            while await leader.publish_waiting():
                pass

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Answer those who ask for events of the log, as the worker of deals does."""
        engine = make_engine(self.url, application="crm-tests-deals")
        bus = await Bus.connect(Link(self.nats_url, "deals-worker"))
        await event_log.serve(bus, "deals", make_sessions(engine))
        try:
            yield
        finally:
            await bus.close()
            await engine.dispose()


@pytest_asyncio.fixture
async def deals(databases: Databases, nats_server: NatsServer) -> AsyncIterator[Deals]:
    """Deals with an empty log and its stream, in which reporting has its place."""
    bus = await Bus.connect(Link(nats_url := nats_server.url, "reporting-worker"))
    await bus.empty_streams()
    one = Deals(await databases.clone("crm_deals"), nats_url, bus)
    await one.publish()
    await bus.ensure_durable("CRM_DEALS", DURABLES["deals"], "crm.deals.>")
    yield one
    await bus.empty_streams()
    await bus.close()


@pytest.fixture
def context(worker_sessions: Sessions, deals: Deals, crm_settings: Settings) -> JobContext:
    return JobContext(worker_sessions, deals.bus, crm_settings)


class TestKeep:
    async def test_keeps_any_valid_event_once(self, tell: Tell, worker: AsyncSession) -> None:
        message = envelope(
            "crm.notifications.template.updated.v1",
            {"template": {"label": "Spring"}},
            subject=named("message"),
            revision=1,
            at=utc_now(),
        )
        story = DealStory("deal", at=START).move("Won", days=1)

        await tell(message, story)
        before = await snapshot(worker)
        await worker.rollback()
        await tell(message, story, batch=1)

        assert await worker.scalar(select(func.count()).select_from(LedgerEntry)) == 3
        assert await snapshot(worker) == before

    async def test_keeps_events_in_the_partition_of_their_month(
        self, tell: Tell, worker: AsyncSession
    ) -> None:
        await tell(DealStory("deal", at=START))

        name = f"ledger_{utc_now():%Y_%m}"
        assert await worker.scalar(text(f"SELECT count(*) FROM {name}")) == 1  # noqa: S608

    async def test_gives_back_what_does_not_fit_naming_the_field(self, tell: Tell) -> None:
        story = DealStory("deal", at=START, amount="a lot")

        with pytest.raises(Discard, match=r"data\.deal\.amount"):
            await tell(story)


class TestRepair:
    """X13: a revision that never came is noticed, told of, and fetched from its publisher."""

    async def test_fetches_what_never_came(
        self, tell: Tell, worker: AsyncSession, deals: Deals, context: JobContext
    ) -> None:
        story = DealStory("deal", at=START).move("Qualified", days=1).move("Won", days=1)
        await deals.record(story.events)
        await tell(story.events[0], story.events[2])
        alarm = REGISTRY.get_sample_value("crm_ledger_repaired_total") or 0

        async with deals.at_work():
            assert await repair(context, older_than=NOW) == 1

        assert await queries.count_gaps(worker, older_than=NOW) == 0
        kept = select(LedgerEntry.revision).order_by(LedgerEntry.revision)
        assert list(await worker.scalars(kept)) == [1, 2, 3]
        assert REGISTRY.get_sample_value("crm_ledger_gaps") == 1, "what it found is told"
        assert REGISTRY.get_sample_value("crm_ledger_repaired_total") == alarm + 1

    async def test_keeps_what_fits_where_an_event_does_not(
        self, tell: Tell, worker: AsyncSession, deals: Deals, context: JobContext
    ) -> None:
        """R3: neither the other events of an aggregate nor those of others wait for a bad one."""
        bad = DealStory("bad", at=START).move("Proposal", days=1).move("Won", days=1)
        poison = bad.events[0].model_copy(
            update={"data": AnyEvent.model_validate({"deal": {}, "changed": [], "previous": {}})}
        )
        story = DealStory("deal", at=START).move("Won", days=1)
        # what only the database refuses: a place beyond all numbers it has
        other = DealStory("other", at=START).move("Proposal", days=1).move("Won", days=1)
        data = other.events[1].data.as_dict()
        data["to_stage"] = {**data["to_stage"], "position": 10**12}
        refused = other.events[1].model_copy(update={"data": AnyEvent.model_validate(data)})
        lives = [poison, *bad.events[1:], other.events[0], refused, other.events[2], *story.events]
        await deals.record(lives)
        await tell(bad.events[2], other.events[2], story.events[1])

        async with deals.at_work():
            assert await repair(context, older_than=NOW) == 3

        for one, revisions in ((bad, {2, 3}), (other, {1, 3})):
            kept = select(LedgerEntry.revision).where(LedgerEntry.subject == one.id)
            assert set(await worker.scalars(kept)) == revisions
        assert await queries.count_gaps(worker, older_than=NOW) == 2

    async def test_waits_while_events_are_pending(
        self, tell: Tell, worker: AsyncSession, deals: Deals, context: JobContext
    ) -> None:
        story = DealStory("deal", at=START).move("Won", days=1)
        await deals.record(story.events)
        await deals.publish()
        await tell(story.events[1])

        async with deals.at_work():
            assert not await repair(context, older_than=NOW)

        assert await queries.count_gaps(worker, older_than=NOW) == 1

    async def test_waits_while_the_gap_is_young(
        self, tell: Tell, worker: AsyncSession, deals: Deals, context: JobContext
    ) -> None:
        story = DealStory("deal", at=START).move("Won", days=1)
        await deals.record(story.events)
        await tell(story.events[1])

        async with deals.at_work():
            assert not await repair(context, older_than=timedelta(seconds=60))

        assert await queries.count_gaps(worker, older_than=NOW) == 1

    async def test_keeps_the_gap_while_its_publisher_is_away(
        self, tell: Tell, worker: AsyncSession, deals: Deals, context: JobContext
    ) -> None:
        story = DealStory("deal", at=START).move("Won", days=1)
        await deals.record(story.events)
        await tell(story.events[1])

        assert not await repair(context, older_than=NOW)

        assert await queries.count_gaps(worker, older_than=NOW) == 1


class TestWatchStreams:
    async def test_tells_since_when_events_wait(
        self, worker: AsyncSession, deals: Deals, context: JobContext
    ) -> None:
        """R3: how far the figures are behind is told with them."""
        await deals.record(DealStory("deal", at=START).move("Won", days=1).events)
        await deals.publish()
        await watch_streams(context)
        first = await self.behind_since(worker)
        await watch_streams(context)
        second = await self.behind_since(worker)

        assert await self.read_all(deals) == 2
        await watch_streams(context)

        assert first is not None
        assert first == second
        assert await queries.lag_seconds(worker) == 0

    async def behind_since(self, worker: AsyncSession) -> datetime | None:
        since = await worker.scalar(
            select(Projection.behind_since).where(Projection.publisher == "deals")
        )
        await worker.rollback()
        return since

    async def read_all(self, deals: Deals) -> int:
        puller = deals.bus.puller("CRM_DEALS", DURABLES["deals"])
        await puller.open()
        batch = await puller.pull_now(limit=10)
        for delivery in batch:
            await delivery.ack()
        while await deals.bus.pending("CRM_DEALS", DURABLES["deals"]):
            pass  # the broker takes note of acks when it gets round to it
        return len(batch)
