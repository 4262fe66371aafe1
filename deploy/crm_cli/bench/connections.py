"""Connections spread evenly over a server's processes: a burst of them may all land on one."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from crm_cli.bench import procfs
from crm_cli.bench.client import Connection, request
from crm_cli.bench.machine import Program

_MOST_TRIES = 400


@asynccontextmanager
async def spread(
    program: Program, count: int, *, probe: str = "/health/live", processes: int = 2
) -> AsyncIterator[tuple[list[Connection], str]]:
    """Open so many connections, an equal part on each process; tells the split that came out."""
    share = -(-count // processes)
    kept: list[tuple[int | None, Connection]] = []
    spare: list[tuple[int | None, Connection]] = []
    held: Counter[int | None] = Counter()
    try:
        while len(kept) < count and len(kept) + len(spare) < _MOST_TRIES:
            connection = await Connection.open(program.port)
            # Whoever accepted it is known once it has answered.
            await connection.ask(request("GET", probe))
            pid = procfs.holder(program.pids, port=program.port, client_port=connection.client_port)
            wanted = pid is None or held[pid] < share
            (kept if wanted else spare).append((pid, connection))
            held[pid] += wanted
        while len(kept) < count:
            kept.append(spare.pop())
            held[kept[-1][0]] += 1
        while spare:
            spare.pop()[1].close()
        yield [one for _, one in kept], " + ".join(str(part) for part in held.values() if part)
    finally:
        for _, connection in kept + spare:
            connection.close()
