"""What this machine could do at most: measured in the same run, on the same tables."""

import asyncio
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from crm_cli.bench.bare import ENVELOPE, TYPE
from crm_cli.bench.bed import CLIENTS, Bed
from crm_cli.bench.client import Connection, request
from crm_cli.bench.connections import spread
from crm_cli.bench.deals import OPEN_STAGES, deal_id
from crm_cli.bench.figures import Figure, limit
from crm_cli.bench.load import Call, NextCall, Sample, closed_loop
from crm_cli.bench.machine import BARE_PORT_OFFSET, Program
from crm_cli.failure import CliError
from crm_cli.topology import DEALS
from crm_shared.embedded.nats import NatsServer
from crm_shared.events.jetstream import Link, Publisher
from crm_shared.ids import new_id

LIMITS = "limits"
_MICROSECONDS = 2
_STREAM = "bench"


def copy_deals(bed: Bed) -> None:
    """Copy the deals' database: the limits write rows that nobody announced."""
    bed.machine.postgres.drop_database(LIMITS)
    bed.machine.postgres.ensure_database(LIMITS, template="deals")


async def pgbench(bed: Bed) -> Figure:
    """Let PostgreSQL's own tool do the transaction: no Python at all."""
    sample, cores = await bed.quiet_run(lambda: asyncio.to_thread(_run_pgbench, bed))
    name = "pgbench: read for update, update, history, event"
    return limit(name, sample, clients=CLIENTS, cores=cores)


def _run_pgbench(bed: Bed) -> Sample:
    server, seconds = bed.machine.postgres, max(1, round(bed.wish.seconds))
    with tempfile.TemporaryDirectory() as folder:
        script, log = Path(folder, "move.sql"), Path(folder, "log")
        script.write_text(_pgbench_script(bed.wish.deals))
        command = [str(server.bindir / "pgbench"), "-h", server.host, "-U", server.user]
        command += ["-n", "-M", "prepared", "-c", str(CLIENTS), "-T", str(seconds)]
        command += ["-f", str(script), "-l", f"--log-prefix={log}", LIMITS]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CliError(f"pgbench: {done.stderr[-2000:]}")
        lines = "".join(file.read_text() for file in Path(folder).glob("log*")).splitlines()
    latencies = [int(line.split()[_MICROSECONDS]) / 1e6 for line in lines]
    return Sample(seconds=seconds, latencies=latencies)


def _pgbench_script(deals: int) -> str:
    deal = f"('{str(deal_id(0))[:-12]}' || lpad(to_hex(:n::bigint), 12, '0'))::uuid"
    stage = OPEN_STAGES[1]
    return f"""\\set n random(0, {deals - 1})
BEGIN;
SELECT *, revision + 1 AS next FROM deals WHERE id = {deal} FOR UPDATE \\gset
UPDATE deals SET stage_id = '{stage}', stage_entered_at = now(), updated_at = now(), \
revision = :next WHERE id = {deal};
INSERT INTO stage_moves (deal_id, revision, from_stage_id, to_stage_id, outcome, is_reopening, \
actor_id, occurred_at, recorded_at) \
VALUES ({deal}, :next, '{stage}', '{stage}', 'open', false, '{UUID(int=0)}', now(), now());
INSERT INTO outbox (event_id, aggregate_id, revision, type, envelope, recorded_at) \
VALUES (gen_random_uuid(), {deal}, :next, '{TYPE}', '{ENVELOPE}', now());
COMMIT;
"""  # noqa: S608 our own numbers


@asynccontextmanager
async def bare_app(bed: Bed) -> AsyncIterator[Program]:
    """Run the bare application on a copy of the deals, with the services' server options."""
    machine = bed.machine
    port = machine.base + BARE_PORT_OFFSET
    deals = {
        name: v for name, v in machine.environment(DEALS, "api").items() if "DEALS_" not in name
    }
    environment = deals | {
        "BENCH_DATABASE_URL": machine.postgres.url(LIMITS),
        "BENCH_PORT": str(port),
    }
    with machine.running("bare", ("-m", "crm_cli.bench.bare"), environment, port) as program:
        program.wait_for("/hello")
        yield program


async def bare_moves(bed: Bed, program: Program, way: str, name: str) -> Figure:
    """Move deals through the bare application."""
    async with spread(program, CLIENTS, probe="/hello") as (connections, _):
        numbers = iter(range(bed.wish.deals * 1000))

        def next_call(lane: int) -> Call:
            number = next(numbers) * 7919 % bed.wish.deals
            body = b'{"stage_id":"%s"}' % str(OPEN_STAGES[number % 4]).encode()
            return Call(request("PUT", f"/{way}/{deal_id(number)}", body=body))

        return await _bare(bed, name, connections, next_call)


async def hello(bed: Bed, program: Program) -> Figure:
    """Ask for nothing at all: what the load client can do."""
    ready = Call(request("GET", "/hello"))
    async with spread(program, CLIENTS, probe="/hello") as (connections, _):
        return await _bare(bed, "hello: the load client's own limit", connections, lambda _: ready)


async def _bare(
    bed: Bed, name: str, connections: Sequence[Connection], next_call: NextCall
) -> Figure:
    sample, cores = await bed.quiet_run(
        lambda: closed_loop(
            connections, next_call, seconds=bed.wish.seconds, warm_up=bed.wish.warm_up
        )
    )
    return limit(name, sample, clients=len(connections), cores=cores)


async def nats(bed: Bed) -> list[Figure]:
    """Publish to a stream on disk and wait for its word: one at a time, and 100 on the way."""
    folder = bed.machine.state.folder / "nats-alone"
    with NatsServer.start(folder) as server:
        publisher = await Publisher.connect(Link(server.url, "bench"))
        try:
            await publisher.ensure_stream(_STREAM, days=1)
            single = await bed.quiet_run(lambda: _publish(publisher, bed.wish.seconds / 2, 1))
            many = await bed.quiet_run(lambda: _publish(publisher, bed.wish.seconds / 2, 100))
        finally:
            await publisher.close()
    return [
        limit("NATS publish + ack, one by one", single[0], clients=1, cores=single[1]),
        limit("NATS publish + ack, 100 on the way", many[0], clients=1, cores=many[1]),
    ]


async def _publish(publisher: Publisher, seconds: float, together: int) -> Sample:
    sample = Sample()
    began = time.perf_counter()
    while (sent := time.perf_counter()) < began + seconds:
        events = [(f"crm.{_STREAM}.a.b.v1", str(new_id()), ENVELOPE) for _ in range(together)]
        await publisher.publish(_STREAM, events)
        sample.latencies += [time.perf_counter() - sent] * together
    sample.seconds = time.perf_counter() - began
    return sample
