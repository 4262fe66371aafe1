"""The bench's own system: a scratch folder, PostgreSQL and NATS as shipped, services on call."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from crm_cli.bench import procfs
from crm_cli.environment import nats_environment, service_environment
from crm_cli.failure import CliError
from crm_cli.migrations import migrate
from crm_cli.nats_users import config_for
from crm_cli.state import State, refuse_taken_ports
from crm_cli.topology import BY_NAME, NATS_PORT_OFFSET, SERVICES, Service
from crm_shared.embedded.nats import NatsServer
from crm_shared.embedded.postgres import Postgres
from crm_shared.embedded.process import end_with_parent

_FIRST_BASE, _LAST_BASE, _STEP = 18_000, 30_000, 400
_SECONDS_TO_READY = 60.0
_SECONDS_TO_STOP = 25.0
BARE_PORT_OFFSET, REPLICA_PORT_OFFSET = 50, 10


class Program:
    """A service (or anything that answers on a port) as a process of this run."""

    def __init__(self, name: str, port: int, popen: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.port = port
        self.log = log
        self._popen = popen

    @property
    def pids(self) -> list[int]:
        """The process and its children."""
        return procfs.family(self._popen.pid)

    def wait_for(self, path: str) -> None:
        """Return when it answers with success; raise with the end of its log when it does not."""
        deadline = time.monotonic() + _SECONDS_TO_READY
        while time.monotonic() < deadline and self._popen.poll() is None:
            try:
                if httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        end = self.log.read_text(errors="replace")[-3000:]
        raise CliError(f"{self.name} does not get ready:\n{end}")

    def stop(self) -> None:
        self._popen.terminate()
        try:
            self._popen.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


class Machine:
    """What the parts of the bench stand on."""

    def __init__(self, folder: Path) -> None:
        self.state = State(folder)
        self.state.prepare()
        self.settings = self.state.settings()
        self.base = free_base()
        self.programs: list[Program] = []
        os.environ.update(nats_environment(self.settings))
        # Needed to know when a reaction became visible; costs some bytes a transaction.
        wanted = {"track_commit_timestamp": "on"}
        self.postgres = Postgres.start(folder / "postgres", settings=wanted)
        self.nats = NatsServer.start(
            folder / "nats", config=config_for(self.state), port=self.base + NATS_PORT_OFFSET
        )
        for service in SERVICES:
            self.postgres.ensure_database(service.name)

    async def migrate(self) -> None:
        """Make the tables of all four services."""
        environments = {s.name: self.environment(s, "worker") for s in SERVICES}
        await migrate(environments, self.state.folder / "migrated.json")

    def environment(self, service: Service, role: str) -> dict[str, str]:
        """Return the environment of a service's process, as the embedded system makes it."""
        environment = service_environment(
            service,
            base=self.base,
            database_url=self.postgres.url(service.name),
            nats_url=self.nats.url,
            settings=self.settings,
        )
        password = self.settings[f"NATS_{service.prefix}_{role.upper()}_PASSWORD"]
        return environment | {
            f"{service.prefix}_NATS_USER": f"{service.name}-{role}",
            f"{service.prefix}_NATS_PASSWORD": password,
        }

    @contextmanager
    def api(self, name: str, processes: int = 2) -> Iterator[Program]:
        """Run a service's API."""
        service = BY_NAME[name]
        arguments = ("-m", service.program, "api", "--processes", str(processes))
        with self.running(
            f"{name} api", arguments, self.environment(service, "api"), service.port(self.base)
        ) as program:
            program.wait_for("/health/ready")
            yield program

    @contextmanager
    def worker(
        self, name: str, extra: Mapping[str, str] | None = None, replica: int = 0
    ) -> Iterator[Program]:
        """Run a service's worker; each replica on ports of its own."""
        service = BY_NAME[name]
        base = self.base + REPLICA_PORT_OFFSET * replica
        port = {f"{service.prefix}_PORT": str(service.port(base))}
        environment = self.environment(service, "worker") | port | dict(extra or {})
        with self.running(
            f"{name} worker {replica or ''}".rstrip(),
            ("-m", service.program, "worker"),
            environment,
            service.worker_port(base),
        ) as program:
            program.wait_for("/health/ready")
            yield program

    @contextmanager
    def running(
        self, name: str, arguments: tuple[str, ...], environment: Mapping[str, str], port: int
    ) -> Iterator[Program]:
        """Run a Python program until the block ends."""
        log = self.state.logs / f"{name.replace(' ', '-')}.log"
        with log.open("ab") as output:
            popen = subprocess.Popen(
                [sys.executable, "-P", *arguments],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=end_with_parent(signal.SIGTERM),  # noqa: PLW1509 it only calls prctl
            )
        program = Program(name, port, popen, log)
        self.programs.append(program)
        try:
            yield program
        finally:
            program.stop()
            self.programs.remove(program)

    def groups(self) -> dict[str, list[int]]:
        """Return the processes of this run by what they do."""
        groups = {program.name: program.pids for program in self.programs}
        groups["postgres"] = procfs.family(self.postgres.pid)
        groups["nats"] = procfs.family(self.nats.pid)
        others = set().union(*groups.values())
        # What else this process has started for a while (pgbench, a NATS alone) is its own load.
        groups["client"] = [pid for pid in procfs.family(os.getpid()) if pid not in others]
        return groups

    @property
    def operator_key(self) -> dict[str, Any]:
        """The key that signs the tokens of the run."""
        key: dict[str, Any] = json.loads(self.settings["CRM_OPERATOR_KEY"])
        return key

    def stop(self) -> None:
        self.nats.stop()
        self.postgres.stop()


def free_base() -> int:
    """Return a first port with everything free that a system listens on."""
    for base in range(_FIRST_BASE, _LAST_BASE, _STEP):
        try:
            refuse_taken_ports(base)
        except CliError:
            continue
        return base
    raise CliError("There is no free range of ports.")
