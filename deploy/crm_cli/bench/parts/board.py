"""`board`: a pipeline with counts, sums and the first 20 cards of each column, in one call."""

import asyncio
import itertools
import time

from crm_cli.bench.bed import Bed
from crm_cli.bench.client import request
from crm_cli.bench.connections import spread
from crm_cli.bench.deals import PIPELINE
from crm_cli.bench.figures import Figure, Report, Target, limit, of_sample
from crm_cli.bench.load import Call, Sample, closed_loop
from crm_cli.bench.machine import Program
from crm_cli.bench.people import Person
from crm_cli.failure import CliError

AT_MOST = Target(p95=30)
_FOLDED_WITHIN_S = 30.0
_MOST_UNFOLDED = 1000  # the job leaves fewer as they are
_UNFOLDED = "SELECT count(*) FROM board_tallies WHERE NOT is_folded"
_SUMS = """
SELECT stage_id, currency, sum(deals), sum(amounts), sum(amount) FROM board_tallies
WHERE pipeline_id = $1 GROUP BY stage_id, currency
"""
_EACH = """
SELECT stage_id, currency, count(*), count(amount), sum(amount) FROM deals
WHERE pipeline_id = $1 AND deleted_at IS NULL GROUP BY stage_id, currency
"""


async def measure(bed: Bed) -> Report:
    """Measure the board of everybody, of a team and of a seller, beside its sums' SQL alone."""
    report = Report("board")
    with bed.machine.worker("deals"):
        await _when_folded(bed)
    for name, sql in (("adding up every deal, asyncpg", _EACH), ("adding up tallies", _SUMS)):
        sample, cores = await bed.quiet_run(lambda sql=sql: _sql_alone(bed, sql))  # type: ignore[misc]
        report.figures.append(limit(name, sample, clients=1, cores=cores))
    people = bed.people
    with bed.machine.api("deals") as service:
        report.figures += [
            await _run(bed, service, "the company's board", people.admin),
            await _run(bed, service, "a team's board", people.head_of(0)),
            await _run(bed, service, "a seller's board", people.sellers[0]),
        ]
    report.notes.append("one call: every column's count and sums, its first 20 cards")
    return report


async def _when_folded(bed: Bed) -> None:
    deadline = time.monotonic() + _FOLDED_WITHIN_S
    async with bed.database("deals") as connection:
        while await connection.fetchval(_UNFOLDED) > _MOST_UNFOLDED:
            if time.monotonic() > deadline:
                raise CliError("the worker does not fold the board's tallies")
            await asyncio.sleep(0.2)


async def _run(bed: Bed, service: Program, name: str, person: Person) -> Figure:
    path = f"/v1/deals/board?pipeline_id={PIPELINE}"
    calls = itertools.repeat(Call(request("GET", path, token=person.token)))
    async with spread(service, 1) as (connections, _):
        sample, cores = await bed.quiet_run(
            lambda: closed_loop(
                connections,
                lambda _: next(calls),
                seconds=bed.wish.seconds,
                warm_up=bed.wish.warm_up,
            )
        )
    return of_sample(name, sample, clients=1, target=AT_MOST, cores=cores)


async def _sql_alone(bed: Bed, sql: str) -> Sample:
    sample = Sample()
    began = time.perf_counter()
    async with bed.database("deals") as connection:
        statement = await connection.prepare(sql)
        while (sent := time.perf_counter()) < began + bed.wish.seconds:
            await statement.fetch(PIPELINE)
            sample.latencies.append(time.perf_counter() - sent)
    sample.seconds = time.perf_counter() - began
    return sample
