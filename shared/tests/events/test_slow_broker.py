"""X5: a line to the broker that is slow, mute or cut holds nothing up for good; nothing is lost."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from crm_shared import clock
from crm_shared.db.engine import make_engine, make_sessions
from crm_shared.events.jetstream import Bus, Link
from crm_shared.events.jetstream.link import MUTE_AFTER_PINGS
from crm_shared.testing.street import Street, announce, tally

NOTICED_WITHIN_S = 30.0
FLOWING_WITHIN_S = 45.0


class Line:
    """A TCP line to the broker that can be slowed, silenced (half open) and cut."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends: set[asyncio.StreamWriter] = set()
        self.speaks = asyncio.Event()
        self.speaks.set()
        self.delay_s = 0.0
        self.opened = 0
        self._deaf: set[asyncio.StreamWriter] = set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry what both ends say, as long as the line speaks."""
        self.opened += 1
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        ends = {writer, back}
        self._ends |= ends
        await asyncio.gather(self._carry(reader, back), self._carry(there, writer))
        self._ends -= ends

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while said := await reader.read(65536):
                await self.speaks.wait()
                if writer in self._deaf:
                    continue
                await clock.pause(asyncio.Event(), self.delay_s)
                writer.write(said)
                await writer.drain()
        writer.close()

    def deafen(self) -> None:
        """Swallow whatever is said on today's connections, which stay open."""
        self._deaf |= self._ends

    def cut(self) -> None:
        """Break every connection at once."""
        for end in self._ends:
            end.transport.abort()


@asynccontextmanager
async def line_to(url: str) -> AsyncIterator[tuple[Line, str]]:
    """Yield a line to the broker and its own address."""
    line = Line(urlsplit(url).port or 4222)
    server = await asyncio.start_server(line.take, "127.0.0.1", 0)
    yield line, f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    line.speaks.set()
    line.cut()
    server.close()
    await server.wait_closed()


async def seen(condition: Callable[[], object], within_s: float) -> float:
    """Wait until something is so; return how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within_s
        await clock.pause(asyncio.Event(), 0.05)
    return time.monotonic() - began


async def counted(street: Street, effects: int) -> None:
    """Wait until so many moves were counted, each once."""
    began = time.monotonic()
    while True:
        world = await tally(street.announcer_url, street.counter_url)
        if not (world.waiting or world.lost):
            break
        assert time.monotonic() - began < FLOWING_WITHIN_S, world
        await clock.pause(asyncio.Event(), 0.1)
    assert (world.effects, world.doubled) == (effects, 0)


class TestX5TheLine:
    @pytest.mark.parametrize(("ping_s", "is_noticed"), [(0.2, True), (3600, False)])
    async def test_that_is_half_open_is_given_up_by_unanswered_pings_and_by_nothing_else(
        self, street: Street, ping_s: float, is_noticed: bool
    ) -> None:
        engine, stop = make_engine(street.counter_url, application="street"), asyncio.Event()
        async with line_to(street.nats_url) as (line, address), street.relay().leading() as relay:
            bus = await Bus.connect(Link(address, "counter", ping_s=ping_s), ack_wait_s=0.5)
            runner = await street.runner(make_sessions(engine), bus)
            task = asyncio.create_task(runner.run(stop))
            await announce(street.announcer_url, toys=1, moves=1)
            await relay.publish_waiting()
            await counted(street, 1)

            line.deafen()
            await announce(street.announcer_url, toys=1, moves=1)
            await relay.publish_waiting()
            if is_noticed:
                await counted(street, 2)
            else:
                await clock.pause(stop, 1.5)
                assert (await tally(street.announcer_url, street.counter_url)).lost == 1
            task.cancel()
            await asyncio.wait({task})
            line.cut()
            await bus.close()
        await engine.dispose()

    def test_is_noticed_within_half_a_minute(self) -> None:
        link = Link("nats://nowhere", "counter")
        assert link.ping_s * (MUTE_AFTER_PINGS + 1) <= NOTICED_WITHIN_S

    async def test_slow_mute_and_cut_it_ends_nobodys_work(self, street: Street) -> None:
        engine, stop = make_engine(street.counter_url, application="street"), asyncio.Event()
        async with line_to(street.nats_url) as (line, address):
            through = replace(street, nats_url=address)
            bus = await Bus.connect(Link(address, "counter"), ack_wait_s=2.0)
            relay = through.relay()
            async with relay.leading():
                pass  # so that the stream is there
            runner = await through.runner(make_sessions(engine), bus)
            tasks = [asyncio.create_task(one.run(stop)) for one in (relay, runner)]
            await announce(street.announcer_url, toys=2, moves=2)
            await counted(street, 4)

            line.speaks.clear()
            before = line.opened
            await announce(street.announcer_url, toys=2, moves=2)
            noticed = await seen(lambda: line.opened > before, NOTICED_WITHIN_S)
            line.speaks.set()
            await counted(street, 8)

            line.cut()
            await announce(street.announcer_url, toys=2, moves=2)
            await counted(street, 12)

            line.delay_s = 0.1
            await announce(street.announcer_url, toys=1, moves=2)
            await counted(street, 14)
            assert not any(task.done() for task in tasks)
            line.delay_s = 0.0
            stop.set()
            relay.wake()
            async with asyncio.timeout(15):
                await asyncio.gather(*tasks)
            await bus.close()
        await engine.dispose()
        print(f"X5: a mute line was noticed after {noticed:.1f} s")  # noqa: T201
