"""`move`: a stage change over HTTP with every check, beside what the stack could do without."""

from crm_cli.bench import limits
from crm_cli.bench.bed import CLIENTS, Bed
from crm_cli.bench.connections import spread
from crm_cli.bench.figures import Figure, Report, Target, of_sample, ratio
from crm_cli.bench.load import closed_loop
from crm_cli.bench.machine import Program
from crm_cli.bench.movers import Movers

TARGET = Target(rate=600, p99=60)
OVER_ORM, OF_RAW = 1.1, 0.5


async def measure(bed: Bed) -> Report:
    """Measure the limits, then the service itself."""
    report = Report("move")
    limits.copy_deals(bed)
    report.figures.append(await limits.pgbench(bed))
    async with limits.bare_app(bed) as program:
        report.figures.append(await limits.hello(bed, program))
        raw = await limits.bare_moves(bed, program, "raw", "bare FastAPI, asyncpg, 4 statements")
        orm = await limits.bare_moves(bed, program, "orm", "bare FastAPI, SQLAlchemy's ORM")
    report.figures += [raw, orm, *await limits.nats(bed)]
    with bed.machine.api("deals") as service:
        alone, _ = await _moves(bed, service, clients=1, target=None)
        many, split = await _moves(bed, service, clients=CLIENTS, target=TARGET)
    report.figures += [alone, many, *_compared(many, orm, raw)]
    report.notes += [
        f"connections per API process: {split}; {bed.wish.deals:,} deals, half with a line item",
        "70 % sellers on own deals, 30 % heads of team; the stages ask for something; no worker",
    ]
    return report


async def _moves(
    bed: Bed, service: Program, *, clients: int, target: Target | None
) -> tuple[Figure, str]:
    movers = Movers(bed, CLIENTS)
    await movers.learn(bed)
    async with spread(service, clients) as (connections, split):
        sample, cores = await bed.quiet_run(
            lambda: closed_loop(
                connections, movers.next_call, seconds=bed.wish.seconds, warm_up=bed.wish.warm_up
            )
        )
    figure = of_sample("stage change", sample, clients=clients, target=target, cores=cores)
    return figure, split


def _compared(move: Figure, orm: Figure, raw: Figure) -> list[Figure]:
    rates = [figure.rate or 0.0 for figure in (move, orm, raw)]
    return [
        ratio("of the bare ORM", rates[0] / rates[1], at_least=OVER_ORM),
        ratio(f"of raw asyncpg (aim {OF_RAW} x)", rates[0] / rates[2]),
    ]
