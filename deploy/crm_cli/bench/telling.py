"""What reporting makes of events that the broker brings: how soon they show, how it catches up."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count, islice
from typing import Any

from crm_cli.bench.bed import Bed
from crm_cli.bench.deals import OPEN_STAGES, Deal, Entry, is_open
from crm_cli.bench.figures import Figure, Target, of_sample
from crm_cli.bench.history import entered, row
from crm_cli.bench.load import Sample
from crm_cli.failure import CliError
from crm_cli.topology import DEALS
from crm_shared.clock import utc_now
from crm_shared.events.jetstream import Link, Publisher

SHOWN_WITHIN, CATCH_UP = Target(p95=1000), Target(rate=2000)
_A_SECOND = 100
_BACKLOG = 20_000
_TOGETHER = 500
# how many events in a row are of one deal: a mass change, and a day's work told at once
_BACKLOGS = {"each of another deal": 1, "five of a deal together": 5}
_PLACE, _DAYS = 1 << 41, 7
_AT_MOST_S = 300.0
_COMMITTED = """
SELECT event_id, pg_xact_commit_timestamp(xmin) AS at FROM ledger WHERE recorded_at >= $1
"""
_COUNT = "SELECT count(*) FROM ledger WHERE recorded_at >= $1"


async def measure(bed: Bed) -> list[Figure]:
    """Publish moves of deals as their service would, a few a second and then a heap at once."""
    password = bed.machine.settings["NATS_DEALS_WORKER_PASSWORD"]
    link = Link(bed.machine.nats.url, "bench", "deals-worker", password)
    publisher = await Publisher.connect(link)
    try:
        await publisher.ensure_stream(DEALS.name, days=_DAYS)
        moves = _Moves(bed)
        with bed.machine.worker("reporting"):
            shown, cores = await bed.run_once(lambda: _steadily(bed, publisher, moves.come()))
        name = f"an event shows, {_A_SECOND} a second"
        figures = [of_sample(name, shown, clients=1, target=SHOWN_WITHIN, cores=cores)]
        for kind, together in _BACKLOGS.items():
            caught, cores = await _catch_up(bed, publisher, moves.come(together))
            name = f"catching up with {_BACKLOG:,} events, {kind}"
            figures.append(of_sample(name, caught, clients=1, target=CATCH_UP, cores=cores))
        return figures
    finally:
        await publisher.close()


class _Moves:
    """Moves of open deals, each the next of its deal; round and round through the stages."""

    def __init__(self, bed: Bed) -> None:
        self.bed = bed
        self.places = count(_PLACE)
        self.turns: Counter[int] = Counter()

    def come(self, together: int = 1) -> Iterator[dict[str, Any]]:
        """Yield them deal by deal, so many of a deal one after the other."""
        while True:
            for number in filter(is_open, range(self.bed.wish.deals)):
                deal = Deal(number, self.bed.wish.deals)
                for _ in range(together):
                    yield self._next(deal)

    def _next(self, deal: Deal) -> dict[str, Any]:
        turn, last, now = self.turns[deal.number] + 1, deal.entries[-1], utc_now()
        self.turns[deal.number] = turn
        stages = len(OPEN_STAGES)
        left = Entry(last.revision + turn - 1, (last.stage + turn - 1) % stages, now)
        move = Entry(last.revision + turn, (last.stage + turn) % stages, now)
        return row(next(self.places), entered(self.bed, deal, move, left), now)


async def _catch_up(
    bed: Bed, publisher: Publisher, moves: Iterator[dict[str, Any]]
) -> tuple[Sample, dict[str, float]]:
    """Publish a heap while nobody listens, then let the worker come."""
    began = utc_now()
    for _ in range(_BACKLOG // _TOGETHER):
        await _publish(publisher, list(islice(moves, _TOGETHER)))
    with bed.machine.worker("reporting"):
        return await bed.run_once(lambda: _caught_up(bed, began))


async def _publish(publisher: Publisher, moves: Sequence[dict[str, Any]]) -> None:
    events = [(one["type"], str(one["event_id"]), one["envelope"]) for one in moves]
    answers = await publisher.publish(DEALS.name, events)
    if refused := [one for one in answers if not isinstance(one, int)]:
        raise CliError(f"the broker refused: {refused[0]}")


async def _steadily(bed: Bed, publisher: Publisher, moves: Iterator[dict[str, Any]]) -> Sample:
    """Publish one by one at a pace; a time goes from before publishing to the commit."""
    began, sent, first = time.perf_counter(), {}, utc_now()
    offered = int(_A_SECOND * bed.wish.seconds)
    for index in range(offered):
        if (early := began + index / _A_SECOND - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        move = next(moves)
        sent[move["event_id"]] = utc_now()
        await _publish(publisher, [move])
    committed = await _wait(bed, first, offered)
    took = [(committed[one] - at).total_seconds() for one, at in sent.items()]
    return Sample(seconds=bed.wish.seconds, latencies=took)


async def _caught_up(bed: Bed, since: datetime) -> Sample:
    committed = sorted((await _wait(bed, since, _BACKLOG)).values())
    # the first batch began before its commit: its events are not in the time between
    later = [at for at in committed if at > committed[0]]
    seconds = (committed[-1] - committed[0]) / timedelta(seconds=1)
    return Sample(seconds=seconds, latencies=[seconds / len(later)] * len(later))


async def _wait(bed: Bed, since: datetime, many: int) -> dict[Any, datetime]:
    """Return when each event was committed, once so many are."""
    deadline = time.monotonic() + _AT_MOST_S
    async with bed.database("reporting") as connection:
        while (seen := await connection.fetchval(_COUNT, since)) < many:
            if time.monotonic() > deadline:
                raise CliError(f"reporting has only {seen} of {many} events")
            await asyncio.sleep(0.5)
        return {one["event_id"]: one["at"] for one in await connection.fetch(_COMMITTED, since)}
