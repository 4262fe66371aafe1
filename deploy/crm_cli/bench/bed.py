"""One run of the bench: its machine, its people, its data, and how long to measure."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from crm_cli.bench import procfs, rows
from crm_cli.bench.figures import OTHERS
from crm_cli.bench.load import Sample
from crm_cli.bench.machine import Machine
from crm_cli.bench.people import People
from crm_cli.topology import SERVICES

Run = Callable[[], Awaitable[Sample]]

CLIENTS = 16
_WARM_UP_S = 1.5
# What peers.md took as undisturbed.
_OTHERS_MAY_TAKE = 0.25
_SHOWN_FROM = 0.01


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for: how long, how much, how often."""

    seconds: float
    deals: int
    large: bool
    runs: int

    @property
    def warm_up(self) -> float:
        """How long to run before it counts."""
        return min(_WARM_UP_S, self.seconds / 2)


@dataclass(slots=True)
class Bed:
    """What every part is given."""

    machine: Machine
    people: People
    wish: Wish
    say: Callable[[str], None]
    told: str = ""

    def connect(self, database: str) -> Any:
        """Return a connection of one's own to a service's database."""
        server = self.machine.postgres
        return asyncpg.connect(host=server.host, user=server.user, database=database)

    async def load(self) -> None:
        """Write the people into every service and the deals into theirs, by COPY."""
        for service in SERVICES:
            async with self.database(service.name) as connection:
                await rows.copy(connection, "known_users", rows.known_user_rows(self.people))
                await rows.copy(connection, "known_teams", rows.known_team_rows(self.people))
        async with self.database("deals") as connection:
            await rows.copy(connection, "pipelines", [rows.pipeline_row()])
            await rows.copy(connection, "stages", rows.stage_rows())
            await rows.copy(connection, "deals", rows.deal_rows(self.people, self.wish.deals))
            await rows.copy(connection, "stage_moves", rows.move_rows(self.people, self.wish.deals))
            # said of all of them already: a revision that comes by itself would refuse a mover
            await connection.execute("INSERT INTO deals_without_step SELECT id, now() FROM deals")
            await connection.execute("VACUUM ANALYZE")

    @asynccontextmanager
    async def database(self, name: str) -> AsyncIterator[Any]:
        """Connect to a service's database for a while."""
        connection = await self.connect(name)
        try:
            yield connection
        finally:
            await connection.close()

    async def quiet_run(self, run: Run) -> tuple[Sample, dict[str, float]]:
        """Run, and run again while others use the machine; returns the least disturbed run.

        Beside it stand the cores that each group of processes used.
        """
        runs: list[tuple[Sample, dict[str, float]]] = []
        while not runs or (runs[-1][1][OTHERS] > _OTHERS_MAY_TAKE and len(runs) < self.wish.runs):
            if runs:
                self.say(f"others used {runs[-1][1][OTHERS]:.2f} cores: measuring again")
            runs.append(await self.run_once(run))
        return min(runs, key=lambda one: one[1][OTHERS])

    async def run_once(self, run: Run) -> tuple[Sample, dict[str, float]]:
        """Run once, whatever others do."""
        before, began = self._used(), time.perf_counter()
        sample = await run()
        took, after = time.perf_counter() - began, self._used()
        cores = {who: (used - before.get(who, 0.0)) / took for who, used in after.items()}
        others = max(cores.pop("machine") - sum(cores.values()), 0.0)
        shown = {who: used for who, used in cores.items() if used >= _SHOWN_FROM}
        return sample, shown | {OTHERS: others}

    def _used(self) -> dict[str, float]:
        groups = self.machine.groups()
        used = {who: procfs.cpu_seconds(pids) for who, pids in groups.items()}
        return used | {"machine": procfs.machine_seconds()}
