"""The system as real processes, to be killed, frozen and starved."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from forking import Fork
from pace import STRICT

from crm_shared import clock
from crm_shared.actor import Actor, Role
from crm_shared.embedded.postgres import Postgres
from crm_shared.embedded.process import end_with_parent
from crm_shared.events.jetstream import Bus, BusUnavailableError, Link
from crm_shared.http.tokens import sign_token
from crm_shared.ids import new_id
from crm_shared.program import parts_of
from crm_shared.testing.servers import (
    LINK_KEY,
    NO_TLS,
    Broker,
    Databases,
    public_keys,
    signing_key,
)

SERVICES = ("contacts", "deals", "notifications", "reporting")
# A replica is one process with both roles, or two processes with one each.
WHOLE, API, WORKER = "all", "api", "worker"
WORKER_PORT_OFFSET = 100


@dataclass
class Site:
    """One service: its database, its replicas' ports, and their processes by replica and role."""

    name: str
    url: str
    ports: list[int] = field(default_factory=list)
    processes: dict[tuple[int, str], subprocess.Popen[bytes] | Fork] = field(default_factory=dict)
    environment: str = ""

    def addresses(self) -> dict[tuple[int, str], str]:
        """Return where each process tells of its health."""
        return {
            (replica, role): f"http://127.0.0.1:{self.ports[replica] + WORKER_PORT_OFFSET}"
            if role == WORKER
            else f"http://127.0.0.1:{self.ports[replica]}"
            for replica, role in self.processes
        }


class Plant:
    """Four services as processes, on servers that the test owns.

    The first replica of each is one process, the second has its API and its worker apart.
    """

    forks = not STRICT

    def __init__(
        self, databases: Databases, broker: Broker, folder: Path, *, replicas: int = 1
    ) -> None:
        self._databases = databases
        self.broker = broker
        self._folder = folder
        self._count = replicas
        self.sites: dict[str, Site] = {}
        self._clients: list[httpx.AsyncClient] = []
        who = Actor(id=new_id(), role=Role.ADMIN)
        self.authorization = f"Bearer {sign_token(signing_key(), who, lifetime_s=3600)}"

    async def start(self, **elsewhere: Postgres) -> None:
        """Start everything; a service named in `elsewhere` has a server of its own."""
        for name in SERVICES:
            databases = Databases(elsewhere[name]) if name in elsewhere else self._databases
            site = Site(name, await databases.clone(f"crm_{name}"))
            site.ports = [free_port() for _ in range(self._count)]
            self.sites[name] = site
            for replica in range(self._count):
                self.launch(name, replica)
        for name in SERVICES:
            await self.ready(name)

    def launch(self, name: str, replica: int = 0, *roles: str) -> None:
        """Start a replica as `python -m crm_<name> …`, or only these roles of it."""
        site = self.sites[name]
        environment = self.environment_of(name, replica)
        site.environment = json.dumps(environment)
        for role in roles or roles_of(replica):
            log = self._folder / f"{name}-{replica}-{role}.log"
            begin = Fork if self.forks else self.run
            site.processes[replica, role] = begin(name, role, environment, log)

    def run(
        self, name: str, role: str, environment: Mapping[str, str], log: Path
    ) -> subprocess.Popen[bytes]:
        """Start a process as people do."""
        with log.open("ab") as output:
            return subprocess.Popen(
                self.command(name, role),
                env=environment,
                stdout=output,
                stderr=output,
                preexec_fn=end_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no threads here
            )

    def command(self, name: str, role: str) -> list[str]:
        """Return how a process is started."""
        return [sys.executable, "-m", f"crm_{name}", role]

    def environment_of(self, name: str, replica: int) -> dict[str, str]:
        """Return everything that a process is told."""
        site = self.sites[name]
        return {
            **os.environ,
            f"{name.upper()}_DATABASE_URL": site.url,
            f"{name.upper()}_PORT": str(site.ports[replica]),
            f"{name.upper()}_POOL_SIZE": "5",
            "NOTIFICATIONS_MAILBOX": "true",
            "CONTACTS_SIGNING_KEY": json.dumps(signing_key()),
            "CRM_NATS_URL": self.broker.url,
            "CRM_JWKS": public_keys(),
            "CRM_LINK_KEY": LINK_KEY,
            "CRM_LOG_LEVEL": "warning",
        }

    async def ready(self, name: str, *, within_s: float = 90.0) -> float:
        """Wait until every process answers; return how long it took."""
        began = time.monotonic()
        for replica, role in self.sites[name].processes:
            await self.back(name, replica, role, within_s=within_s)
        return time.monotonic() - began

    async def back(self, name: str, replica: int, role: str, *, within_s: float = 90.0) -> None:
        """Wait until one process says that it is ready."""
        address = self.sites[name].addresses()[replica, role]
        async with httpx.AsyncClient(base_url=address, verify=NO_TLS) as client:
            await until(lambda: answers(client), within_s=within_s, what=f"{name} {role} ready")

    def kill(self, name: str, replica: int = 0, *roles: str, number: int = signal.SIGKILL) -> None:
        """Send a replica, or only these roles of it, a signal; a killed one is waited for."""
        for role in roles or roles_of(replica):
            process = self.sites[name].processes[replica, role]
            process.send_signal(number)
            if number == signal.SIGKILL:
                process.wait()

    async def restart(self, name: str, replica: int, role: str) -> None:
        """End one process in order, as a new release does, and start it again."""
        process = self.sites[name].processes[replica, role]
        process.send_signal(signal.SIGTERM)
        await until(lambda: is_over(process), within_s=40, what=f"{name} {role} ended")
        self.launch(name, replica, role)
        await self.back(name, replica, role)

    def client(self, name: str, replica: int = 0) -> httpx.AsyncClient:
        """Return an admin's client of one replica."""
        client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.sites[name].ports[replica]}",
            headers={"Authorization": self.authorization},
            timeout=10,
            verify=NO_TLS,
        )
        self._clients.append(client)
        return client

    async def measured(self, name: str, metric: str) -> dict[tuple[int, str], float]:
        """Return what each process of a service has counted, all labels together."""
        found = {}
        for process, address in self.sites[name].addresses().items():
            async with httpx.AsyncClient(base_url=address, timeout=2, verify=NO_TLS) as client:
                try:
                    text = (await client.get("/metrics")).text
                except httpx.HTTPError:
                    continue  # a frozen or dead process measures nothing
            lines = [line for line in text.splitlines() if line.startswith(metric)]
            found[process] = sum(float(line.rsplit(" ", 1)[-1]) for line in lines)
        return found

    async def leaders(self, name: str) -> list[tuple[int, str]]:
        """Return the processes that say that they publish for a service."""
        leading = await self.measured(name, "crm_relay_is_leader")
        return [process for process, says in leading.items() if says]

    async def sql(self, name: str, statement: str, *values: Any) -> list[asyncpg.Record]:
        """Look into a service's database."""
        url = self.sites[name].url.replace("postgresql+asyncpg://", "postgresql://")
        connection = await asyncpg.connect(url)
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()

    async def quiet(self, *, within_s: float = 120.0) -> float:
        """Wait until no event waits anywhere; return how long it took."""
        began = time.monotonic()
        await until(self._is_quiet, within_s=within_s, what="quiet")
        return time.monotonic() - began

    settle = quiet

    async def count(self, service: str, statement: str, one: UUID) -> int:
        """Count rows in a service's database."""
        return int((await self.sql(service, statement, one))[0][0])

    async def _is_quiet(self) -> bool:
        for name in SERVICES:
            if await self.sql(name, "SELECT 1 FROM outbox WHERE published_at IS NULL LIMIT 1"):
                return False
        if await self._lag():
            return False
        waiting = "SELECT 1 FROM messages WHERE status IN ('queued', 'sending') LIMIT 1"
        return not await self.sql("notifications", waiting)

    async def _lag(self) -> int:
        """Return how many events some handler has not finished."""
        bus = await Bus.connect(Link(self.broker.url, "oracle"))
        try:
            return sum(
                [
                    await bus.pending(one.stream, one.durable)
                    for name in SERVICES
                    for one in parts_of(f"crm_{name}").subscriptions
                ]
            )
        except BusUnavailableError:
            return 1  # a broker that does not answer is not quiet
        finally:
            await bus.close()

    async def stop(self) -> None:
        """End every process in order, then without mercy; nobody keeps a connection."""
        for client in self._clients:
            await client.aclose()
        processes = [one for site in self.sites.values() for one in site.processes.values()]
        for process in processes:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=25)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def roles_of(replica: int) -> tuple[str, ...]:
    """Return the processes that a replica consists of."""
    return (API, WORKER) if replica % 2 else (WHOLE,)


def free_port() -> int:
    """Return a port that nobody listens on now, nor on the worker's beside it."""
    while True:
        with socket.socket() as probe, socket.socket() as beside:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            try:
                beside.bind(("127.0.0.1", port + WORKER_PORT_OFFSET))
            except (OSError, OverflowError):
                continue
            return port


async def answers(client: httpx.AsyncClient) -> bool:
    """Tell whether a service says that it is ready."""
    try:
        return (await client.get("/health/ready")).status_code == 200
    except httpx.HTTPError:
        return False


async def until(condition: Callable[[], Any], *, within_s: float, what: str) -> None:
    """Ask other processes again and again; they have no other way to tell us."""
    began = time.monotonic()
    while not await condition():
        assert time.monotonic() - began < within_s, f"not {what} within {within_s} s"
        await clock.pause(asyncio.Event(), 0.05)


async def is_over(process: "subprocess.Popen[bytes] | Fork") -> bool:
    """Tell whether a process has ended."""
    return process.poll() is not None
