"""X3 and the order of publishing: who leads, who waits, what a refused event holds up."""

import asyncio
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from sqlalchemy import text

from crm_shared import clock, context
from crm_shared.db.engine import make_engine, make_sessions
from crm_shared.events import event_log
from crm_shared.events.faults import Safeties
from crm_shared.events.outbox import entry_values, write_entries
from crm_shared.ids import new_id
from crm_shared.testing.servers import Broker
from crm_shared.testing.street import Street, ToyMoved, announce, tally

LEADER = """
import asyncio, sys
from crm_shared.testing.street import Street
async def lead():
    await Street(sys.argv[1], sys.argv[2], sys.argv[3]).relay().run(asyncio.Event())
asyncio.run(lead())
"""


def leader(street: Street) -> subprocess.Popen[bytes]:
    arguments = [street.announcer_url, street.counter_url, street.nats_url]
    return subprocess.Popen([sys.executable, "-c", LEADER, *arguments])


async def waiting(street: Street) -> int:
    return (await tally(street.announcer_url, street.counter_url)).waiting


async def all_published(street: Street, *, within_s: float) -> float:
    """Return how long it took; polling is the only view from outside of two processes."""
    began = time.monotonic()
    while await waiting(street):
        assert time.monotonic() - began < within_s, "rows still wait"
        await clock.pause(asyncio.Event(), 0.05)
    return time.monotonic() - began


class TestX3TheLeader:
    async def test_killed_is_followed_within_a_second_or_two(self, street: Street) -> None:
        first = leader(street)
        await announce(street.announcer_url, toys=2, moves=3)
        await all_published(street, within_s=15)
        second = leader(street)
        first.kill()
        first.wait()
        await announce(street.announcer_url, toys=2, moves=3)

        await all_published(street, within_s=10)

        second.terminate()
        second.wait()
        await street.drain()
        world = await tally(street.announcer_url, street.counter_url)
        assert (world.lost, world.doubled) == (0, 0)

    async def test_frozen_is_deposed_and_may_not_mark_when_it_wakes(self, street: Street) -> None:
        first = leader(street)
        await announce(street.announcer_url, toys=1, moves=1)
        await all_published(street, within_s=15)
        first.send_signal(signal.SIGSTOP)
        second = leader(street)
        await announce(street.announcer_url, toys=2, moves=3)

        await all_published(street, within_s=20)

        first.send_signal(signal.SIGCONT)
        await announce(street.announcer_url, toys=2, moves=3)
        await all_published(street, within_s=10)
        for process in (first, second):
            process.kill()
            process.wait()
        await street.drain()
        world = await tally(street.announcer_url, street.counter_url)
        assert (world.lost, world.doubled) == (0, 0)

    async def test_frozen_for_good_stops_everything_without_deposing(self, street: Street) -> None:
        first = leader(street)
        await announce(street.announcer_url, toys=1, moves=1)
        await all_published(street, within_s=15)
        first.send_signal(signal.SIGSTOP)
        await announce(street.announcer_url, toys=1, moves=1)
        timid = replace(street, safeties=Safeties(depose=False)).relay()

        stop = asyncio.Event()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(8):
                await timid.run(stop)

        assert await waiting(street) == 1
        first.kill()
        first.wait()

    async def test_that_works_off_an_outage_is_left_to_it(self, street: Street) -> None:
        await announce(street.announcer_url, toys=2, moves=1)
        engine = make_engine(street.announcer_url, application="tests")
        stop = asyncio.Event()
        async with street.relay().leading() as lead:
            await lead.publish_waiting(limit=1)
            async with engine.begin() as connection:
                await connection.execute(
                    text("UPDATE outbox SET recorded_at = now() - interval '1 h'")
                )
            second = asyncio.create_task(street.relay().run(stop))

            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(second), 2.0)

            # the connection that elected it is still there
            assert await lead.publish_waiting() == 1
        stop.set()
        await second
        await engine.dispose()


class TestPublishing:
    async def test_live_changes_go_before_a_mass_change(self, street: Street) -> None:
        engine = make_engine(street.announcer_url, application="tests")
        async with make_sessions(engine).begin() as session:
            with context.as_bulk():
                entries = [
                    entry_values(ToyMoved(place=1), aggregate_id=new_id(), revision=1)
                    for _ in range(5)
                ]
            live = entry_values(ToyMoved(place=2), aggregate_id=new_id(), revision=1)
            await write_entries(session, [*entries, live])
        async with street.relay().leading() as lead:
            while await lead.publish_waiting():
                pass
        async with engine.connect() as connection:
            in_stream = await connection.scalars(
                text("SELECT bulk FROM outbox ORDER BY stream_seq")
            )
        await engine.dispose()
        assert list(in_stream) == [False] + [True] * 5

    async def test_a_refused_event_parks_its_aggregate_and_no_other(self, street: Street) -> None:
        """X7: what is too large for the broker waits, and nothing waits behind it but its own."""
        engine = make_engine(street.announcer_url, application="tests")
        toy, other = new_id(), new_id()
        too_large = "x" * 2_000_000
        async with make_sessions(engine).begin() as session:
            entries = [
                entry_values(ToyMoved(place=n), aggregate_id=one, revision=n)
                for one, n in ((toy, 1), (other, 1), (toy, 2))
            ]
            entries[0]["envelope"] = too_large
            await write_entries(session, entries)
        async with street.relay().leading() as lead:
            while await lead.publish_waiting():
                pass
        async with engine.connect() as connection:
            rows = await connection.execute(
                text("SELECT aggregate_id, attempts, published_at FROM outbox ORDER BY id")
            )
            parked, sent, _behind = rows.all()
        await engine.dispose()
        assert (parked.attempts, parked.published_at) == (1, None)
        assert sent.aggregate_id == other
        assert sent.published_at is not None

    async def test_a_full_stream_keeps_what_it_refuses_in_the_outbox(
        self, street: Street, broker: Broker
    ) -> None:
        """X7: refused, kept, and goes on once there is room."""
        await announce(street.announcer_url, toys=3, moves=2)
        relay = street.relay()
        small = replace(relay._settings, stream_max_bytes=1)
        tight = type(relay)(small, relay._connect)

        hammering = type(relay)(small, relay._connect, Safeties(park=False))
        async with hammering.leading() as lead:  # it would try again without a pause
            assert [await lead.publish_waiting() for _ in range(2)] == [6, 6]
        async with tight.leading() as lead:
            await lead.publish_waiting()
            assert await lead.publish_waiting() == 0  # parked: not tried again at once

        assert await waiting(street) == 6
        await self.unpark(street)
        await street.drain()
        world = await tally(street.announcer_url, street.counter_url)
        assert (world.lost, world.waiting) == (0, 0)

    async def unpark(self, street: Street) -> None:
        engine = make_engine(street.announcer_url, application="tests")
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE outbox SET next_attempt_at = NULL"))
        await engine.dispose()


class TestEventLog:
    async def test_tells_everything_in_pages_and_one_aggregates_history(
        self, street: Street
    ) -> None:
        await announce(street.announcer_url, toys=2, moves=3)
        engine = make_engine(street.announcer_url, application="tests")
        sessions = make_sessions(engine)
        async with sessions() as session:
            assert await event_log.page(session, after=0) == []
        await street.drain()
        async with sessions() as session:
            rows = await event_log.page(session, after=0)
            assert len(rows) == 6
            toy = (await session.scalars(text("SELECT aggregate_id FROM outbox LIMIT 1"))).one()
            assert len(await event_log.slice_of(session, toy, 2)) == 2
        await engine.dispose()
