"""`report`: funnel and pipeline of a year, beside the SQL alone, and with ten times the deals."""

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from crm_cli.bench.bed import CLIENTS, Bed
from crm_cli.bench.client import request
from crm_cli.bench.connections import spread
from crm_cli.bench.deals import TODAY
from crm_cli.bench.figures import Figure, Report, Target, limit, of_sample, within
from crm_cli.bench.history import tell_reporting
from crm_cli.bench.load import Call, Sample, closed_loop
from crm_cli.bench.machine import Program
from crm_cli.bench.people import Person

ALONE, OWN, MANY = Target(p95=5), Target(p95=8), Target(rate=600)
LARGE_AT_MOST = 1.25
REPORTS = ("funnel", "pipeline")
_YEAR = timedelta(days=365)
_TIMES = 10
_SQL = """
SELECT stage, sum(n), sum(priced), sum(amount) FROM counters
WHERE grain = (SELECT min(grain) FROM counters) AND key = '00000000-0000-0000-0000-000000000000'
AND part = ANY($1) AND day >= $2 AND day < $3 GROUP BY stage
"""


async def measure(bed: Bed) -> Report:
    """Measure each report of a year, alone and in a crowd, for the company and for a seller."""
    report = Report("report")
    report.notes.append(await tell_reporting(bed))
    sample, cores = await bed.quiet_run(lambda: _sql_alone(bed))
    name = "one sum over the company's counters, asyncpg"
    report.figures.append(limit(name, sample, clients=CLIENTS, cores=cores))
    with bed.machine.worker("reporting"), bed.machine.api("reporting") as service:
        before = await _all_rows(bed, service, report)
        if bed.wish.large:
            await _grow(bed)
            report.notes.append(
                f"x {_TIMES}: counters of {_TIMES * bed.wish.deals:,} deals, by SQL"
            )
            after = await _all_rows(bed, service, report, prefix=f"x {_TIMES} deals: ")
            report.figures += _compared(before, after)
    return report


async def _all_rows(bed: Bed, service: Program, report: Report, prefix: str = "") -> list[Figure]:
    everything = [bed.people.admin]
    alone = []
    for name in REPORTS:
        for who, people, target in (
            ("company", everything, ALONE),
            ("own", bed.people.sellers, OWN),
        ):
            told = f"{prefix}{name}, {who}"
            alone.append(await _run(bed, service, told, _asks([name], people), 1, target))
    mixed = _asks(REPORTS, [bed.people.admin, *bed.people.heads, *bed.people.sellers[:20]])
    told = f"{prefix}both, mixed scopes"
    report.figures += [*alone, await _run(bed, service, told, mixed, CLIENTS, MANY)]
    return alone


def _asks(names: Sequence[str], people: Sequence[Person]) -> Iterator[bytes]:
    end = TODAY.date()
    return itertools.cycle(
        [
            request("GET", f"/v1/reports/{name}?from={end - _YEAR}&to={end}", token=person.token)
            for person in people
            for name in names
        ]
    )


async def _run(
    bed: Bed, service: Program, name: str, asks: Iterator[bytes], clients: int, target: Target
) -> Figure:
    async with spread(service, clients) as (connections, _):
        sample, cores = await bed.quiet_run(
            lambda: closed_loop(
                connections,
                lambda _: Call(next(asks)),
                seconds=bed.wish.seconds,
                warm_up=bed.wish.warm_up,
            )
        )
    return of_sample(name, sample, clients=clients, target=target, cores=cores)


def _compared(before: Sequence[Figure], after: Sequence[Figure]) -> list[Figure]:
    return [
        within(
            f"{old.name}: x {_TIMES} deals against x 1",
            (new.p50 or 0) / (old.p50 or 1),
            at_most=LARGE_AT_MOST,
            unit="x",
        )
        for old, new in zip(before, after, strict=True)
    ]


async def _grow(bed: Bed) -> None:
    """Fill the cells of the counters as ten times the deals, on other days too, would."""
    async with bed.database("reporting") as connection:
        columns = [
            row["column_name"]
            for row in await connection.fetch(
                "SELECT column_name FROM information_schema.columns "
                "WHERE table_name = 'counters' AND table_schema = 'public' "
                "ORDER BY ordinal_position"
            )
        ]
        await connection.execute(_growing(columns))
        await connection.execute("VACUUM ANALYZE counters")


def _growing(columns: Sequence[str]) -> str:
    # A day's cells appear on the neighbours too, a month's stay: denser, as more deals make them.
    shifted = {"day": "CASE WHEN span = 0 THEN day - copy::int ELSE day END"}
    sums = ("n", "priced", "zero", "passed", "dropped", "finished", "amount", "measure")
    key = [name for name in columns if name not in sums]
    inner = ", ".join(f"{shifted.get(name, name)} AS {name}" for name in key)
    outer = ", ".join(f"sum({name})" if name in sums else name for name in columns)
    added = ", ".join(f"{name} = counters.{name} + excluded.{name}" for name in sums)
    return (
        f"INSERT INTO counters ({', '.join(columns)}) SELECT {outer} FROM "  # noqa: S608 our names
        f"(SELECT {inner}, {', '.join(sums)} FROM counters, "
        f"generate_series(1, {_TIMES - 1}) copy) x "
        f"GROUP BY {', '.join(key)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {added}"
    )


async def _sql_alone(bed: Bed) -> Sample:
    sample = Sample()
    end: date = TODAY.date()
    began = time.perf_counter()

    async def lane() -> None:
        async with bed.database("reporting") as connection:
            parts = [row[0] for row in await connection.fetch("SELECT DISTINCT part FROM counters")]
            statement = await connection.prepare(_SQL)
            while (sent := time.perf_counter()) < began + bed.wish.seconds:
                await statement.fetch(parts[:3], end - _YEAR, end)
                sample.latencies.append(time.perf_counter() - sent)

    await asyncio.gather(*(lane() for _ in range(CLIENTS)))
    sample.seconds = time.perf_counter() - began
    return sample
