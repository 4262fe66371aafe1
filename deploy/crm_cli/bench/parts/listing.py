"""`list`: a page of 50 deals with filter, sort, sign-in and scope, beside its SQL alone."""

import asyncio
import itertools
import json
import time
from collections.abc import Iterator
from urllib.parse import quote

from crm_cli.bench.bed import CLIENTS, Bed
from crm_cli.bench.client import Connection, request
from crm_cli.bench.connections import spread
from crm_cli.bench.deals import OPEN_STAGES
from crm_cli.bench.figures import Figure, Report, Target, limit, of_sample, within
from crm_cli.bench.load import Call, Sample, closed_loop
from crm_cli.bench.machine import Program
from crm_cli.failure import CliError

ALONE, MANY = Target(p95=8), Target(rate=400)
DEEP_AT_MOST = 1.2
_DEEP, _PAGE, _LARGEST_PAGE = 5_000, 50, 500
_SQL = """
SELECT * FROM deals WHERE deleted_at IS NULL AND owner_id = $1 AND stage_id = $2 AND amount >= $3
ORDER BY created_at DESC, id DESC LIMIT 51
"""


async def measure(bed: Bed) -> Report:
    """Measure the SQL alone, pages of everybody, and pages far behind the first."""
    report = Report("list")
    sample, cores = await bed.quiet_run(lambda: _sql_alone(bed))
    name = "the list's SQL alone, asyncpg (own)"
    report.figures.append(limit(name, sample, clients=CLIENTS, cores=cores))
    with bed.machine.api("deals") as service:
        pages = _pages(bed)
        report.figures += [
            await _run(bed, service, "page of 50, mixed scopes", pages, 1, ALONE),
            await _run(bed, service, "page of 50, mixed scopes", pages, CLIENTS, MANY),
        ]
        admin = bed.people.admin.token
        first = request("GET", _path(0), token=admin)
        cursor = await _cursor_behind(service, admin)
        deep = request("GET", f"{_path(0)}&cursor={quote(cursor)}", token=admin)
        near = await _run(bed, service, "first page, all deals", itertools.repeat(first), 1, None)
        far = await _run(bed, service, "5,000 rows deep", itertools.repeat(deep), 1, None)
    ratio = (far.p50 or 0) / (near.p50 or 1)
    report.figures += [
        near,
        far,
        within("deep page against the first", ratio, at_most=DEEP_AT_MOST, unit="x"),
    ]
    report.notes.append("filter: stage and amount; newest first; 70 % own, 30 % team")
    return report


def _path(stage: int, limit: int = _PAGE) -> str:
    chosen = f"stage_id={OPEN_STAGES[stage]}&amount[gte]=1000"
    return f"/v1/deals?{chosen}&sort=-created_at&limit={limit}"


def _pages(bed: Bed) -> Iterator[bytes]:
    people = bed.people
    ready = [
        request("GET", _path(n % len(OPEN_STAGES)), token=person.token)
        for n in range(len(people.sellers))
        for person in [people.head_of(n) if n % 10 in (0, 3, 6) else people.sellers[n]]
    ]
    return itertools.cycle(ready)


async def _run(
    bed: Bed,
    service: Program,
    name: str,
    pages: Iterator[bytes],
    clients: int,
    target: Target | None,
) -> Figure:
    async with spread(service, clients) as (connections, _):
        sample, cores = await bed.quiet_run(
            lambda: closed_loop(
                connections,
                lambda _: Call(next(pages)),
                seconds=bed.wish.seconds,
                warm_up=bed.wish.warm_up,
            )
        )
    return of_sample(name, sample, clients=clients, target=target, cores=cores)


async def _cursor_behind(service: Program, token: str) -> str:
    """Turn pages until so many rows lie behind, and return where that is."""
    connection = await Connection.open(service.port)
    path, cursor = _path(0, _LARGEST_PAGE), ""
    try:
        for _ in range(_DEEP // _LARGEST_PAGE):
            further = f"{path}&cursor={quote(cursor)}" if cursor else path
            reply = await connection.ask(request("GET", further, token=token))
            page = json.loads(reply.body)
            if "next_cursor" not in page:
                raise CliError(f"{path}: {reply.status} {reply.body[:300]!r}")
            # With few deals the list ends before: its last page must do.
            cursor = page["next_cursor"] or cursor
    finally:
        connection.close()
    return cursor


async def _sql_alone(bed: Bed) -> Sample:
    sample = Sample()
    owners = [person.actor.id for person in bed.people.sellers]
    began = time.perf_counter()

    async def lane(number: int) -> None:
        async with bed.database("deals") as connection:
            statement = await connection.prepare(_SQL)
            turn = number
            while (sent := time.perf_counter()) < began + bed.wish.seconds:
                turn += 1
                owner, stage = owners[turn % len(owners)], OPEN_STAGES[turn % len(OPEN_STAGES)]
                await statement.fetch(owner, stage, 1000)
                sample.latencies.append(time.perf_counter() - sent)

    await asyncio.gather(*(lane(number) for number in range(CLIENTS)))
    sample.seconds = time.perf_counter() - began
    return sample
