"""Load: as much as so many clients can ask, or so many requests a second whatever comes back."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from crm_cli.bench.client import Connection, Reply
from crm_cli.failure import CliError

_SUCCESS = range(200, 300)
_TAKEN_AS_BROKEN = 0.01


@dataclass(frozen=True, slots=True)
class Call:
    """A request, and who wants to know of its answer."""

    request: bytes
    done: Callable[[Reply], None] | None = None


# The number of the lane asks: each lane has data of its own, so that no two meet.
NextCall = Callable[[int], Call]


@dataclass(slots=True)
class Sample:
    """What came of a run: how long each answer took, in seconds, and what was refused."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, part: float) -> float:
        """Return the time within which this part of the answers came, in milliseconds."""
        ordered = sorted(self.latencies)
        if not ordered:
            return float("nan")
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000

    def take(self, reply: Reply, took: float) -> None:
        if reply.status in _SUCCESS:
            self.latencies.append(took)
        else:
            self.refused[f"{reply.status} {reply.body[:200]!r}"] += 1

    def check(self) -> None:
        """Refuse to show figures of a run in which requests failed."""
        failed = sum(self.refused.values())
        if failed > _TAKEN_AS_BROKEN * max(len(self.latencies), 1):
            raise CliError(f"{failed} requests were refused: {self.refused.most_common(2)}")


async def closed_loop(
    connections: Sequence[Connection], next_call: NextCall, *, seconds: float, warm_up: float = 0
) -> Sample:
    """Ask over every connection again as soon as its answer is there."""
    sample = Sample()
    begin = time.perf_counter() + warm_up
    end = begin + seconds

    async def lane(number: int, connection: Connection) -> None:
        while (sent := time.perf_counter()) < end:
            call = next_call(number)
            reply = await connection.ask(call.request)
            if call.done is not None:
                call.done(reply)
            now = time.perf_counter()
            if sent >= begin and now <= end:
                sample.take(reply, now - sent)

    await asyncio.gather(*(lane(n, one) for n, one in enumerate(connections)))
    sample.seconds = seconds
    sample.check()
    return sample


async def open_loop(
    connections: Sequence[Connection], next_call: NextCall, *, rate: float, seconds: float
) -> Sample:
    """Ask at a steady pace; an answer's time counts from the moment its request was due."""
    sample = Sample()
    count = int(rate * seconds)
    begin = time.perf_counter()
    free: asyncio.Queue[int] = asyncio.Queue()
    for number in range(len(connections)):
        free.put_nowait(number)
    running: set[asyncio.Task[None]] = set()

    async def one(number: int, due: float) -> None:
        call = next_call(number)
        reply = await connections[number].ask(call.request)
        if call.done is not None:
            call.done(reply)
        sample.take(reply, time.perf_counter() - due)
        free.put_nowait(number)

    for index in range(count):
        due = begin + index / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        task = asyncio.create_task(one(await free.get(), due))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    sample.seconds = max(time.perf_counter() - begin, seconds)
    sample.check()
    return sample
