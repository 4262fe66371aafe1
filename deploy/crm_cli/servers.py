"""PostgreSQL and NATS of an embedded system: started together, started again when they die."""

import asyncio
import os
import shutil
from collections.abc import Callable

from crm_cli.environment import nats_environment
from crm_cli.failure import CliError
from crm_cli.nats_users import config_for
from crm_cli.processes import Report
from crm_cli.state import State, disk_error
from crm_cli.topology import NATS_PORT_OFFSET, SERVICES
from crm_shared.embedded.errors import DiskFullError, EmbeddedServerError
from crm_shared.embedded.nats import NatsServer
from crm_shared.embedded.postgres import Postgres

_LOOK_EVERY = 0.25
_LONGEST_DELAY = 10.0
_ROOM_TO_START = 64_000_000


class Servers:
    """The two servers that the services stand on."""

    def __init__(self, state: State, base: int, report: Report) -> None:
        self._state = state
        self._nats_port = base + NATS_PORT_OFFSET
        self._report = report
        self.postgres: Postgres
        self.nats: NatsServer

    @classmethod
    def start(cls, state: State, base: int, report: Report) -> "Servers":
        """Start both and make the four databases."""
        os.environ.update(nats_environment(state.settings()))
        servers = cls(state, base, report)
        try:
            servers.postgres = servers._start_postgres()
            try:
                servers.nats = servers._start_nats()
                for service in SERVICES:
                    servers.postgres.ensure_database(service.name)
            except BaseException:
                servers.postgres.stop()
                raise
        except EmbeddedServerError as failed:
            raise CliError(str(failed)) from failed
        except OSError as refused:
            raise disk_error(refused, state.folder / "postgres") from refused
        return servers

    async def watch(self, restarted: Callable[[], object]) -> None:
        """Start a server again that died; the services wait and reconnect by themselves."""
        delay = _LOOK_EVERY
        while True:
            await asyncio.sleep(delay)
            try:
                self._revive(restarted)
                delay = _LOOK_EVERY
            except (EmbeddedServerError, OSError) as failed:
                # a full disk passes when somebody makes room: the system is here then
                delay = min(delay * 2, _LONGEST_DELAY)
                self._report(f"{failed}\nTrying again in {delay:.1f} s")

    def _revive(self, restarted: Callable[[], object]) -> None:
        if self.postgres.running and self.nats.running:
            return
        # on a full disk they would not end but hang, and this whole process with them
        if shutil.disk_usage(self._state.folder).free < _ROOM_TO_START:
            raise DiskFullError(f"No room to start a server: the disk of {self._state.folder}.")
        if not self.postgres.running:
            self._report("PostgreSQL ended; starting it again")
            self.postgres.stop()
            self.postgres = self._start_postgres()
        if not self.nats.running:
            self._report("NATS ended; starting it again")
            self.nats.stop()
            self.nats = self._start_nats()
            restarted()

    def stop(self) -> None:
        self.nats.stop()
        self.postgres.stop()

    def _start_postgres(self) -> Postgres:
        return Postgres.start(self._state.folder / "postgres")

    def _start_nats(self) -> NatsServer:
        folder = self._state.folder / "nats"
        return NatsServer.start(folder, config=config_for(self._state), port=self._nats_port)
