"""The whole system on one machine: PostgreSQL, NATS, four services and the one origin."""

import asyncio
import contextlib
import os
import time
from collections.abc import Coroutine, Iterator, Mapping
from pathlib import Path

import httpx
import uvicorn

from crm_cli import forking
from crm_cli.environment import service_environment
from crm_cli.failure import CliError
from crm_cli.migrations import migrate
from crm_cli.patience import Patience
from crm_cli.processes import Report, ServiceProcess, rotate
from crm_cli.proxy import Origin
from crm_cli.servers import Servers
from crm_cli.state import Running, State
from crm_cli.topology import SERVICES

_SECONDS_TO_READY = 60.0
_SECONDS_BETWEEN_WORDS = 30.0
_LOOK_EVERY = 0.05
_ROTATE_EVERY = 60.0
_ALWAYS_RESTARTING = 3


class Embedded:
    """A running system; everything it starts ends with it."""

    def __init__(self, state: State, base: int, report: Report) -> None:
        self.state = state
        self.base = base
        self.url = f"http://127.0.0.1:{base}"
        self.processes: dict[str, ServiceProcess] = {}
        self._report = report
        self._servers: Servers | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._addresses = {s.name: f"http://127.0.0.1:{s.port(base)}" for s in SERVICES}
        self._origin = Origin(self._addresses)
        self._server = _OriginServer(_origin_config(self._origin, base))
        self._began = time.monotonic()
        self._took = 0.0
        self.is_new = False
        self._is_announced = False

    def announce(self) -> Running:
        """Tell the other commands that it is ready: who waits for that goes on now."""
        if self._servers is None:
            raise RuntimeError("not started")
        self._is_announced = True
        return self._note(self._servers, ready=True)

    async def start(self) -> None:
        """Start everything and return when all four services take requests."""
        self.state.release_all()
        forking.load()
        self._servers = Servers.start(self.state, self.base, self._report)
        self._note(self._servers, ready=False)
        environments = environments_for(self.state, self.base, self._servers)
        migrated = await migrate(environments, self.state.folder / "migrated.json")
        self.is_new = len(migrated) == len(SERVICES)
        if migrated:
            self._report(f"databases brought up to date: {', '.join(migrated)}")
        for service in SERVICES:
            log = self.state.logs / f"{service.name}.log"
            environment = environments[service.name]
            process = ServiceProcess(service.program, environment, log, self._report)
            self.processes[service.name] = process
            self._spawn(process.keep_alive())
        self._spawn(self._servers.watch(self._note_again))
        self._spawn(self._server.serve())
        self._spawn(self._rotate_logs())
        self._spawn(self._obey())
        await asyncio.gather(*(self._until_ready(name) for name in self._addresses))
        self._took = time.monotonic() - self._began

    async def stop(self) -> None:
        """Stop the origin first, then the services, then what they stand on."""
        self._server.should_exit = True
        await asyncio.gather(*(process.stop() for process in self.processes.values()))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._origin.close()
        if self._servers is not None:
            self._servers.stop()
        self.state.forget()

    async def run_until_a_part_ends(self) -> None:
        """Wait; a loop of the tool that ends by itself must not go unseen."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        raise CliError("A part of the tool ended by itself.")

    def _spawn(self, loop: Coroutine[None, None, None]) -> None:
        self._tasks.add(asyncio.ensure_future(loop))

    async def _until_ready(self, name: str) -> None:
        address, process = f"{self._addresses[name]}/health/ready", self.processes[name]
        patience, told_at = Patience(process.log, _SECONDS_TO_READY), time.monotonic()
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            while not patience.is_over():
                if time.monotonic() - told_at > _SECONDS_BETWEEN_WORDS:
                    self._report(f"waiting for {name}, which is still at work: {process.log}")
                    told_at = time.monotonic()
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(address)).is_success:
                        return
                if process.restarts >= _ALWAYS_RESTARTING:
                    break
                await asyncio.sleep(_LOOK_EVERY)
        raise CliError(f"{name} does not get ready. The end of {process.log}:\n{tail(process.log)}")

    async def _obey(self) -> None:
        # The demo stops one service at a time to show that the others do not need it.
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            held = self.state.held()
            for name, process in self.processes.items():
                if name in held:
                    await process.hold()
                else:
                    process.release()

    async def _rotate_logs(self) -> None:
        while True:
            await asyncio.sleep(_ROTATE_EVERY)
            for process in self.processes.values():
                rotate(process.log)

    def _note_again(self) -> None:
        # Its process is another one now, and `nats-user add` must reach it.
        if self._is_announced:
            self.announce()

    def _note(self, servers: Servers, *, ready: bool) -> Running:
        running = Running(
            pid=os.getpid(),
            url=self.url,
            base=self.base,
            nats_url=servers.nats.url,
            nats_pid=servers.nats.pid,
            socket_dir=servers.postgres.host,
            ready=ready,
            took_s=round(self._took, 2),
        )
        self.state.note(running)
        return running


def environments_for(state: State, base: int, servers: Servers) -> Mapping[str, dict[str, str]]:
    """Return the environment of each service's process."""
    settings = state.settings()
    return {
        service.name: service_environment(
            service,
            base=base,
            database_url=servers.postgres.url(service.name),
            nats_url=servers.nats.url,
            settings=settings,
        )
        for service in SERVICES
    }


def tail(log: Path, lines: int = 12) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


class _OriginServer(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Signals are the tool's: it stops the services too.
        yield


def _origin_config(origin: Origin, base: int) -> uvicorn.Config:
    return uvicorn.Config(
        origin,
        host="127.0.0.1",
        port=base,
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        date_header=False,
        timeout_graceful_shutdown=5,
    )
