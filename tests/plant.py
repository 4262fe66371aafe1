"""The system as real processes, to be killed, frozen and starved; and the oracle that judges it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from crm_shared import clock
from crm_shared.actor import Actor, Role
from crm_shared.embedded.postgres import Postgres
from crm_shared.embedded.process import end_with_parent
from crm_shared.events.jetstream import Bus, BusUnavailableError, Link
from crm_shared.http.tokens import sign_token
from crm_shared.ids import new_id
from crm_shared.program import parts_of
from crm_shared.testing.servers import LINK_KEY, Broker, Databases, public_keys, signing_key

SERVICES = ("contacts", "deals", "notifications", "reporting")


@dataclass
class Site:
    """One service: its database and its replicas."""

    name: str
    url: str
    replicas: list[subprocess.Popen[bytes]] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    environment: str = ""


class Plant:
    """Four services as processes, on servers that the test owns."""

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

    def launch(self, name: str, replica: int = 0) -> None:
        """Start one replica as `python -m crm_<name> all`."""
        site = self.sites[name]
        environment = {
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
        site.environment = json.dumps(environment)
        log = (self._folder / f"{name}-{replica}.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, "-m", f"crm_{name}", "all"],
            env=environment,
            stdout=log,
            stderr=log,
            preexec_fn=end_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no threads at this point
        )
        log.close()
        site.replicas[replica:] = [process, *site.replicas[replica + 1 :]]

    async def ready(self, name: str, *, within_s: float = 90.0) -> float:
        """Wait until every replica answers; return how long it took."""
        began = time.monotonic()
        for port in self.sites[name].ports:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                await until(lambda: answers(client), within_s=within_s, what=f"{name} ready")
        return time.monotonic() - began

    def kill(self, name: str, replica: int = 0, *, number: int = signal.SIGKILL) -> None:
        """Send one replica a signal; a killed one is waited for."""
        process = self.sites[name].replicas[replica]
        process.send_signal(number)
        if number == signal.SIGKILL:
            process.wait()

    def client(self, name: str, replica: int = 0) -> httpx.AsyncClient:
        """Return an admin's client of one replica."""
        client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.sites[name].ports[replica]}",
            headers={"Authorization": self.authorization},
            timeout=10,
        )
        self._clients.append(client)
        return client

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
        processes = [one for site in self.sites.values() for one in site.replicas]
        for process in processes:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=25)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
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


async def check_world(plant: Plant, moved: dict[UUID, int]) -> None:
    """The one oracle: every answered change has its event, and every effect happened once.

    `moved` says how many moves of each deal were answered with 200.
    """
    await plant.quiet()
    facts = await plant.sql(
        "deals",
        "SELECT aggregate_id AS id, count(*) AS n, max(revision) AS top, count(published_at) AS p "
        "FROM outbox WHERE type LIKE 'crm.deals.deal.%' GROUP BY 1",
    )
    events = {row["id"]: row for row in facts}
    for deal, moves in moved.items():
        row = events[deal]
        assert row["n"] == row["top"] == row["p"], "revisions are dense and all are published"
        assert row["top"] >= moves + 1, "an answered move without its event"
    changes = await plant.sql(
        "deals",
        "SELECT event_id FROM outbox WHERE type = 'crm.deals.deal.stage_changed.v1'",
    )
    expected = len(changes)
    assert await once(plant, "contacts", "tasks") == expected
    assert await once(plant, "notifications", "messages") == expected
    counted = await plant.sql("reporting", "SELECT count(*) AS n FROM deal_facts")
    assert counted[0]["n"] == sum(row["n"] for row in facts)
    letters = await plant.sql("notifications", "SELECT count(*) AS n FROM mailbox_letters")
    unknown = await plant.sql(
        "notifications", "SELECT count(*) AS n FROM messages WHERE status = 'unknown'"
    )
    assert letters[0]["n"] + unknown[0]["n"] >= expected
    assert letters[0]["n"] <= expected, "a letter was sent twice"
    for name in SERVICES:
        dead = await plant.sql(name, "SELECT count(*) AS n FROM dead_letters")
        assert dead[0]["n"] == 0, f"dead letters in {name}"


async def once(plant: Plant, service: str, table: str) -> int:
    """Return how many events had their effect, and insist that none had it twice."""
    rows = await plant.sql(
        service,
        f"SELECT count(*) AS n, count(DISTINCT (deal_id, source_revision)) AS d FROM {table} "  # noqa: S608
        "WHERE source_revision IS NOT NULL",
    )
    assert rows[0]["n"] == rows[0]["d"], f"an effect happened twice in {service}"
    number: int = rows[0]["n"]
    return number
