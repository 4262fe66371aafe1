"""Fixtures: servers per process, a clean database per test, signed-in clients."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared import context
from crm_shared.actor import Access, Actor, Role, Scope
from crm_shared.db.engine import Sessions, make_engine, make_sessions
from crm_shared.embedded.nats import NatsServer
from crm_shared.embedded.postgres import Postgres
from crm_shared.http.tokens import sign_token
from crm_shared.ids import new_id
from crm_shared.program import app_of
from crm_shared.settings import ServiceSettings
from crm_shared.testing.servers import KYIV, Databases, folder, settings_for, signing_key
from crm_shared.testing.statements import share_statements

__all__ = ["KYIV", "ClientAs"]

ClientAs = Callable[..., httpx.AsyncClient]


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder for the servers of this process."""
    with folder() as path:
        yield path


@pytest.fixture(scope="session")
def postgres(scratch: Path) -> Iterator[Postgres]:
    """A real PostgreSQL that does not wait for the disk."""
    server = Postgres.start(scratch / "postgres", fsync=False)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def nats_server(scratch: Path) -> Iterator[NatsServer]:
    """A real nats-server with JetStream."""
    server = NatsServer.start(scratch / "nats")
    yield server
    server.stop()


@pytest_asyncio.fixture(scope="session")
async def databases(postgres: Postgres) -> AsyncIterator[Databases]:
    """Templates and clones."""
    made = Databases(postgres)
    yield made
    await made.close()


@pytest.fixture(scope="session")
def package() -> str:
    """The service under test; every service's conftest names its own."""
    raise RuntimeError("define `package` in the conftest of the service")


@pytest_asyncio.fixture
async def database(databases: Databases, package: str) -> str:
    """The URL of a migrated, empty database; one per process and service is kept and emptied."""
    return await databases.kept_empty(package)


@pytest.fixture
def settings(package: str, database: str, nats_server: NatsServer) -> ServiceSettings:
    """Settings of the service under test."""
    return settings_for(package, database_url=database, nats=nats_server)


@pytest_asyncio.fixture
async def sessions(database: str) -> AsyncIterator[Sessions]:
    """Sessions on the test's database; what they commit stays until the next test."""
    engine = make_engine(database, application="crm-tests", pool_size=10)
    sessions = make_sessions(engine)
    share_statements(sessions)
    yield sessions
    await engine.dispose()


@pytest_asyncio.fixture
async def session(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """One session; what it wrote is rolled back unless the test commits."""
    async with sessions() as session:
        yield session


@pytest.fixture
def actor() -> Iterator[Actor]:
    """An admin who acts in this test; events name him."""
    someone = Actor(id=new_id(), role=Role.ADMIN)
    with context.use(context.Context(actor=someone)):
        yield someone


@pytest.fixture
def access(actor: Actor) -> Access:
    """The admin's access to everything."""
    return Access(actor, Scope.ALL)


def token_of(
    role: Role | str, *, user_id: UUID | None = None, team_ids: tuple[UUID, ...] = ()
) -> str:
    """Return a bearer token as contacts would sign it."""
    someone = Actor(id=user_id or new_id(), role=Role(role), team_ids=frozenset(team_ids))
    return sign_token(signing_key(), someone)


@pytest_asyncio.fixture
async def client_as(package: str, settings: ServiceSettings) -> AsyncIterator[ClientAs]:
    """Make clients of the service under test, signed in as any role: `client_as("seller")`."""
    async with AsyncExitStack() as stack:
        app = app_of(package, settings)
        share_statements(app.state.resources.sessions, app.state.resources.autocommit)
        await stack.enter_async_context(app.router.lifespan_context(app))
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        clients: list[httpx.AsyncClient] = []

        def make(
            role: Role | str | None = Role.ADMIN,
            *,
            user_id: UUID | None = None,
            team_ids: tuple[UUID, ...] = (),
        ) -> httpx.AsyncClient:
            headers = {}
            if role is not None:
                token = token_of(role, user_id=user_id, team_ids=team_ids)
                headers["Authorization"] = f"Bearer {token}"
            client = httpx.AsyncClient(transport=transport, base_url="http://crm", headers=headers)
            clients.append(client)
            return client

        yield make
        for client in clients:
            await client.aclose()


@pytest.fixture
def client(client_as: ClientAs, actor: Actor) -> httpx.AsyncClient:
    """A client of the service under test, signed in as the admin `actor`."""
    return client_as(Role.ADMIN, user_id=actor.id)
