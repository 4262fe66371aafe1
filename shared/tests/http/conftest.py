"""The shoe shop on a real PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy import text

from crm_shared.actor import Actor, Role
from crm_shared.db.engine import Sessions, make_engine, make_sessions
from crm_shared.embedded.postgres import Postgres
from crm_shared.http.tokens import sign_token
from crm_shared.ids import new_id
from crm_shared.testing import shop
from crm_shared.testing.servers import LINK_KEY, Databases, public_keys, signing_key
from crm_shared.testing.shoes import Settings

SignedIn = Callable[..., httpx.AsyncClient]
OpenShop = Callable[..., AbstractAsyncContextManager[FastAPI]]


def settings_of(url: str, **more: Any) -> Settings:
    return Settings(
        database_url=url,
        nats_url="nats://127.0.0.1:1",
        jwks=public_keys(),
        link_key=LINK_KEY,
        pool_size=8,
        **more,
    )


@pytest_asyncio.fixture(scope="session")
async def shop_database(postgres: Postgres, databases: Databases) -> str:
    """A database with the shop's tables, made once."""
    name = f"shop_{new_id().hex}"
    await databases.run(f"CREATE DATABASE {name}")
    await shop.prepare(postgres.url(name))
    return postgres.url(name)


@pytest_asyncio.fixture
async def database(shop_database: str, databases: Databases) -> str:
    """The same database, empty."""
    tables = "shoes, outbox, known_users, known_api_keys, idempotency_keys, dead_letters"
    await databases.run(f"TRUNCATE {tables}", shop_database)
    return shop_database


@pytest_asyncio.fixture
async def sessions(database: str) -> AsyncIterator[Sessions]:
    engine = make_engine(database, application="crm-tests", pool_size=10)
    yield make_sessions(engine)
    await engine.dispose()


@asynccontextmanager
async def running(url: str, **more: Any) -> AsyncIterator[FastAPI]:
    """The shop's application, started."""
    app = shop.create_app(settings_of(url, **more))
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def shop_with(database: str) -> OpenShop:
    """The application under other settings: `async with shop_with(rate_limit=2) as app`."""
    return partial(running, database)


@pytest_asyncio.fixture
async def app(database: str) -> AsyncIterator[FastAPI]:
    async with running(database) as app:
        yield app


@pytest_asyncio.fixture
async def sign_in(app: FastAPI) -> AsyncIterator[SignedIn]:
    """Make clients: `sign_in("seller")`, `sign_in(None)`."""
    clients: list[httpx.AsyncClient] = []

    def make(role: str | None = "admin", actor: Actor | None = None) -> httpx.AsyncClient:
        headers = {}
        if role is not None:
            someone = actor or Actor(new_id(), Role(role))
            headers["Authorization"] = f"Bearer {sign_token(signing_key(), someone)}"
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        clients.append(
            httpx.AsyncClient(transport=transport, base_url="http://shop", headers=headers)
        )
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()


@pytest_asyncio.fixture
async def client(sign_in: SignedIn) -> httpx.AsyncClient:
    return sign_in()


@pytest_asyncio.fixture
async def count(sessions: Sessions) -> Callable[[str], Any]:
    """Count rows of a table: `await count("shoes")`."""

    async def rows(table: str) -> int:
        async with sessions() as session:
            return int(await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608

    return rows
