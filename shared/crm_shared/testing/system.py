"""Several services in one process, one database each, one broker: for stories across them."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import RowMapping, text

from crm_shared.actor import Actor, Role
from crm_shared.embedded.nats import NatsServer
from crm_shared.events.dead_letters import wanted_retries
from crm_shared.events.jetstream import Bus, BusUnavailableError, Link
from crm_shared.events.relay import Leader
from crm_shared.http.tokens import sign_token
from crm_shared.ids import new_id
from crm_shared.program import app_of, parts_of
from crm_shared.settings import ServiceSettings
from crm_shared.testing.servers import Databases, settings_for, signing_key
from crm_shared.testing.statements import share_statements
from crm_shared.worker import Worker

NOT_SETTLED = 200


class RunningService:
    """One service under test: its application, and its worker driven by hand."""

    def __init__(self, package: str, settings: ServiceSettings, **consumer_options: Any) -> None:
        self.package = package
        self.name = package.removeprefix("crm_")
        self.settings = settings
        self.app: FastAPI = app_of(package, settings)
        resources = self.app.state.resources
        share_statements(resources.sessions, resources.autocommit)
        self.worker = Worker(settings, parts_of(package))
        self._options = consumer_options
        self._stack = AsyncExitStack()
        self._worker_stack = AsyncExitStack()
        self._leader: Leader | None = None

    async def start(self) -> None:
        """Start application and worker."""
        await self._stack.enter_async_context(self.app.router.lifespan_context(self.app))
        await self.start_worker()

    async def start_worker(self) -> None:
        """Open the worker and become the relay's leader, so that the stream exists."""
        if self._leader is not None:
            return
        await self.worker.engine.dispose()  # tests look into the database of a stopped one too
        self.worker = Worker(self.settings, parts_of(self.package))
        share_statements(self.worker.sessions)
        await self.worker.open(**self._options)
        self._leader = await self._worker_stack.enter_async_context(self.worker.relay.leading())

    async def stop_worker(self) -> None:
        """Close the worker as a stopped process would; rows and events wait."""
        if self._leader is None:
            return
        self._leader = None
        await self._worker_stack.aclose()
        await self.worker.close()

    async def stop(self) -> None:
        """Stop both."""
        await self.stop_worker()
        await self.worker.engine.dispose()
        await self._stack.aclose()

    async def relay_once(self) -> int:
        """Publish what waits; return how many rows."""
        if self._leader is None:
            return 0
        done = 0
        while some := await self._leader.publish_waiting():
            done += some
        return done

    async def handle_once(self) -> int:
        """Let every consumer and every job do what there is to do; return how much that was."""
        return await self.hear_once() + await self.work_once()

    async def hear_once(self) -> int:
        """Let every consumer do what there is to do; return how many messages that were."""
        if self._leader is None:
            return 0
        async with self.worker.sessions() as session:
            wanted = await wanted_retries(session)
        done = 0
        for runner in self.worker.runners:
            try:
                done += await runner.take()
            except BusUnavailableError:
                continue  # a neighbour that was not asked to run has no stream
            if runner.durable in wanted:
                done += await runner.retry_dead_letters()
        return done

    async def work_once(self) -> int:
        """Run every job; return how many rows they had to do with."""
        if self._leader is None:
            return 0
        done = 0
        for job in self.worker.parts.jobs:
            done += await job.run(self.worker.context())
        return done

    async def sql(self, statement: str, **values: Any) -> list[RowMapping]:
        """Look into the service's database."""
        async with self.worker.sessions() as session:
            return list((await session.execute(text(statement), values)).mappings())


class System:
    """The whole system under test."""

    def __init__(self, databases: Databases, nats: NatsServer, packages: Sequence[str]) -> None:
        self.nats = nats
        self._databases = databases
        self._packages = packages
        self.services: dict[str, RunningService] = {}
        self._clients: list[httpx.AsyncClient] = []

    async def __aenter__(self) -> Self:
        await self._empty_streams()
        for package in self._packages:
            url = await self._databases.kept_empty(package, "together")
            settings = settings_for(package, database_url=url, nats=self.nats)
            service = RunningService(package, settings, retry_delays_s=(0.05, 0.05))
            self.services[service.name] = service
        for service in self.services.values():
            await service.start()
        await self.settle()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for client in self._clients:
            await client.aclose()
        for service in self.services.values():
            await service.stop()

    def __getitem__(self, name: str) -> RunningService:
        return self.services[name]

    def client(
        self,
        service: str,
        role: Role | str = Role.ADMIN,
        *,
        user_id: UUID | None = None,
        team_ids: tuple[UUID, ...] = (),
    ) -> httpx.AsyncClient:
        """Return a signed-in client of a service."""
        who = Actor(id=user_id or new_id(), role=Role(role), team_ids=frozenset(team_ids))
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.services[service].app),
            base_url=f"http://{service}",
            headers={"Authorization": f"Bearer {sign_token(signing_key(), who)}"},
        )
        self._clients.append(client)
        return client

    async def count(self, service: str, statement: str, one: UUID) -> int:
        """Count rows in a service's database."""
        rows = await self.services[service].sql(statement.replace("$1", ":one"), one=one)
        return int(next(iter(rows[0].values())))

    async def settle(self) -> int:
        """Publish, handle and run jobs until nothing moves any more; return how much moved."""
        moved = 0
        for _round in range(NOT_SETTLED):
            done = 0
            for service in self.services.values():
                done += await service.relay_once() + await service.hear_once()
            # jobs are most of the work of a round: they wait until nobody says anything any more
            if not done:
                for service in self.services.values():
                    done += await service.work_once()
                if not done:
                    return moved
            moved += done
        raise AssertionError("the system does not come to rest")

    async def _empty_streams(self) -> None:
        # their durables stay: making a hundred of them anew takes longer than most tests
        bus = await Bus.connect(Link(self.nats.url, "tests"))
        await bus.empty_streams()
        await bus.close()
