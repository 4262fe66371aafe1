"""X2, X6, X12, X13, X14, X16: nothing lost, nothing done twice; and each safety has its proof."""

import random
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ConfigDict
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.clock import utc_now
from crm_shared.db.engine import make_engine, make_sessions
from crm_shared.db.infrastructure import DEAD_LETTERS, OUTBOX
from crm_shared.events.consumer import ConsumerRunner, Subscription
from crm_shared.events.envelope import Envelope, Event, ForeignEvent, stream_of
from crm_shared.events.faults import Safeties
from crm_shared.events.jetstream import Bus, Link, Publisher
from crm_shared.events.outbox import entry_values, write_entries
from crm_shared.ids import new_id
from crm_shared.testing.servers import Broker
from crm_shared.testing.street import Street, Tally, ToyMoved, announce, count, tally

Handler = Callable[[AsyncSession, Sequence[Envelope[Any]]], Awaitable[None]]
TOYS, MOVES = 5, 8
ALL = TOYS * MOVES


class ToyMovedAndPainted(Event, type="crm.toys.toy.moved.v1"):
    """What a newer announcer says: a field nobody knows yet."""

    place: int
    colour: str


class ToySeenExactly(ForeignEvent, type="crm.toys.toy.moved.v1"):
    """A reader that bears nothing it does not know: the tolerance taken away."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    place: int


async def by_the_clock(session: AsyncSession, batch: Sequence[Envelope[Any]]) -> None:
    """Count as `count` does, but let the time decide what is newest: the revision taken away."""
    in_time = sorted(batch, key=lambda envelope: envelope.time)
    as_told = [one.model_copy(update={"revision": n}) for n, one in enumerate(in_time, start=1)]
    await count(session, as_told)


async def publish(street: Street, *entries: dict[str, Any]) -> None:
    engine = make_engine(street.announcer_url, application="tests")
    async with make_sessions(engine).begin() as session:
        await write_entries(session, list(entries))
    await engine.dispose()
    async with street.relay().leading() as lead:
        while await lead.publish_waiting():
            pass


async def counted(street: Street) -> Tally:
    return await tally(street.announcer_url, street.counter_url)


class TestX2Crashes:
    @pytest.mark.parametrize(
        "point",
        ["before-publish", "between-publish-and-mark", "before-commit", "between-effect-and-ack"],
    )
    async def test_a_crash_at_any_point_loses_and_doubles_nothing(
        self, street: Street, crash: Callable[..., int], point: str
    ) -> None:
        await announce(street.announcer_url, toys=TOYS, moves=MOVES)

        assert crash(point) == 9
        assert crash("nowhere") == 0
        await forget_place(street)  # what the dead process held comes again at once, not in 5 s
        await street.drain()

        world = await counted(street)
        assert (world.announced, world.waiting) == (ALL, 0)
        assert (world.lost, world.doubled) == (0, 0)

    async def test_marking_before_publishing_would_lose(
        self, street: Street, crash: Callable[..., int]
    ) -> None:
        await announce(street.announcer_url, toys=TOYS, moves=MOVES)

        assert crash("before-publish", without="mark_after_publish") == 9
        lossy = replace(street, safeties=Safeties(reconcile=False))
        await lossy.drain()

        assert (await counted(street)).lost == ALL

    async def test_acknowledging_before_the_commit_would_lose(
        self, street: Street, crash: Callable[..., int]
    ) -> None:
        await announce(street.announcer_url, toys=TOYS, moves=MOVES)

        assert crash("before-commit", without="ack_after_commit") == 9
        await street.drain()

        assert (await counted(street)).lost == ALL


class TestX6TheBrokerGoesBackInTime:
    async def test_what_it_forgot_is_published_again(
        self, street: Street, broker: Broker, scratch: Path
    ) -> None:
        await self.set_back(street, broker, scratch)

        await street.drain()

        world = await counted(street)
        assert (world.lost, world.doubled, world.waiting) == (0, 0, 0)

    async def test_without_reconciling_it_would_be_lost(
        self, street: Street, broker: Broker, scratch: Path
    ) -> None:
        await self.set_back(street, broker, scratch)

        await replace(street, safeties=Safeties(reconcile=False)).drain()

        assert (await counted(street)).lost == ALL

    async def test_a_wiped_broker_gets_everything_again(
        self, street: Street, broker: Broker
    ) -> None:
        await announce(street.announcer_url, toys=TOYS, moves=MOVES)
        await street.drain()
        bus = await Bus.connect(Link(street.nats_url, "wiper"))
        # deleted, not emptied: the stream's numbers begin again
        await bus.delete_stream(stream_of("toys"))
        await bus.close()
        await announce(street.announcer_url, toys=1, moves=1)

        read = await street.drain()

        world = await counted(street)
        assert read == ALL + 1
        assert (world.lost, world.doubled, world.waiting) == (0, 0, 0)

    async def test_a_deleted_durable_reads_again_and_does_nothing_twice(
        self, street: Street
    ) -> None:
        await announce(street.announcer_url, toys=TOYS, moves=MOVES)
        await street.drain()

        await forget_place(street)
        assert await street.drain() == ALL

        assert (await counted(street)).doubled == 0

    async def set_back(self, street: Street, broker: Broker, scratch: Path) -> None:
        """Let the broker forget the second half, which nobody had read."""
        await announce(street.announcer_url, toys=TOYS, moves=MOVES)
        await street.drain()
        broker.freeze()
        store, copy = broker.data_dir / "jetstream", scratch / f"copy-{broker.port}"
        shutil.copytree(store, copy)
        broker.thaw()
        await announce(street.announcer_url, toys=TOYS, moves=MOVES)
        async with street.relay().leading() as leader:
            while await leader.publish_waiting():
                pass
        broker.kill()
        shutil.rmtree(store)
        shutil.copytree(copy, store)
        broker.start_again()


class TestX14AWrongClock:
    @pytest.mark.parametrize(("reads", "stands_at"), [(count, 2), (by_the_clock, 1)])
    async def test_misleads_only_who_goes_by_it(
        self, street: Street, reads: Handler, stands_at: int
    ) -> None:
        """The second move says that it was made two hours before the first."""
        toy, now = new_id(), utc_now()
        await publish(
            street,
            *(
                entry_values(ToyMoved(place=n), aggregate_id=toy, revision=n, at=at)
                for n, at in ((1, now + timedelta(hours=1)), (2, now - timedelta(hours=1)))
            ),
        )
        await street.drain(reads)

        assert (await counted(street)).places == {toy: stands_at}


class TestX16ANewerPublisher:
    async def test_is_read_by_the_tolerant_and_by_the_strict_once_they_are_mended(
        self, street: Street
    ) -> None:
        moved = ToyMovedAndPainted(place=1, colour="red")
        await publish(street, entry_values(moved, aggregate_id=new_id(), revision=1))
        engine = make_engine(street.counter_url, application="tests")
        sessions, bus = make_sessions(engine), await Bus.connect(Link(street.nats_url, "counter"))
        counts: Handler = count
        strict = Subscription("counter-effects", reads=ToySeenExactly, handler=counts)
        await ConsumerRunner(strict, sessions=sessions, bus=bus).drain()
        assert (await counted(street)).lost == 1

        async with sessions.begin() as session:
            await session.execute(update(DEAD_LETTERS).values(state="retrying"))
        await (await street.runner(sessions, bus)).drain()
        await bus.close()
        await engine.dispose()

        world = await counted(street)
        assert (world.lost, world.doubled) == (0, 0)


class TestX12Duplicates:
    async def test_the_whole_stream_again_changes_nothing(self, street: Street) -> None:
        await announce(street.announcer_url, toys=TOYS, moves=MOVES)
        await street.drain()
        for _again in range(3):
            await forget_place(street)
            await street.drain()

        assert (await counted(street)).doubled == 0

    async def test_without_the_inbox_it_would_be_counted_again(self, street: Street) -> None:
        blind = replace(street, safeties=Safeties(inbox=False))
        await announce(street.announcer_url, toys=TOYS, moves=MOVES)
        await blind.drain()
        await forget_place(street)
        await blind.drain()

        assert (await counted(street)).doubled == ALL

    async def test_the_same_message_five_times_beyond_the_brokers_window(
        self, street: Street
    ) -> None:
        await announce(street.announcer_url, toys=1, moves=1)
        await street.drain()
        for copy in range(5):
            await publish_copy(street, message_id=f"other-{copy}")

        assert await street.drain() == 5
        world = await counted(street)
        assert (world.effects, world.doubled) == (1, 0)


class TestX13Disorder:
    @pytest.mark.parametrize("seed", range(5))
    async def test_any_order_ends_in_the_same_state(self, street: Street, seed: int) -> None:
        dice = random.Random(seed)
        await announce(street.announcer_url, toys=TOYS, moves=MOVES, dice=dice)

        await street.drain()

        world = await counted(street)
        assert (world.lost, world.doubled) == (0, 0)
        assert set(world.places.values()) == {MOVES}


async def forget_place(street: Street) -> None:
    bus = await Bus.connect(Link(street.nats_url, "meddler"))
    await bus.delete_durable("CRM_TOYS", "counter-effects")
    await bus.close()


async def publish_copy(street: Street, *, message_id: str) -> None:

    engine = make_engine(street.announcer_url, application="meddler")
    async with engine.connect() as connection:
        row = (await connection.execute(OUTBOX.select().limit(1))).one()
    await engine.dispose()
    publisher = await Publisher.connect(Link(street.nats_url, "meddler"))
    await publisher.publish("toys", [(row.type, message_id, row.envelope)])
    await publisher.close()
