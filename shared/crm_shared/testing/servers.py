"""The servers tests run on: real PostgreSQL and a real nats-server, one of each per process."""

import asyncio
import importlib
import json
import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
from joserfc.jwk import OKPKey
from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from crm_shared.db import migrations
from crm_shared.embedded.nats import NatsServer
from crm_shared.embedded.postgres import Postgres
from crm_shared.ids import new_id
from crm_shared.settings import ServiceSettings

# For clients of tests, which talk in the clear: reading the world's certificates takes 30 ms each.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
# Where the tests' companies are: for two hours of a night their day is not that of UTC.
KYIV = ZoneInfo("Europe/Kyiv")
LINK_KEY = "a key for links that only tests know of"


@contextmanager
def folder() -> Iterator[Path]:
    """Give a scratch folder that a server's own account can walk into."""
    path = Path(tempfile.mkdtemp(prefix="crm-test-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        # tens of thousands of small files: half a minute on some disks, and nobody waits for it
        os.spawnlp(os.P_NOWAIT, "rm", "rm", "-rf", str(path))


class Databases:
    """One migrated template per service, and clones of it."""

    def __init__(self, postgres: Postgres) -> None:
        self.postgres = postgres
        self._templates: dict[str, str] = {}
        self._kept: dict[tuple[str, str], str] = {}
        self._emptying: dict[str, asyncpg.Connection[Any]] = {}

    async def template(self, package: str) -> str:
        """Return the migrated template of a service, made once."""
        if package not in self._templates:
            name = f"template_{package}"
            await asyncio.to_thread(self.postgres.ensure_database, name)
            await asyncio.to_thread(migrations.upgrade, package, self.postgres.url(name))
            self._templates[package] = name
        return self._templates[package]

    async def clone(self, package: str) -> str:
        """Return the URL of a fresh database that is migrated and empty."""
        template = await self.template(package)
        name = f"t_{new_id().hex}"
        await self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY wal_log")
        return self.postgres.url(name)

    async def kept_empty(self, package: str, use: str = "alone") -> str:
        """Return the URL of the one database that tests of a service share, emptied."""
        kept = package, use
        if kept not in self._kept:
            self._kept[kept] = await self.clone(package)
        else:
            await self._empty(package, self._kept[kept])
        return self._kept[kept]

    async def close(self) -> None:
        """Let go of the connections that empty databases."""
        for connection in self._emptying.values():
            await connection.close()

    async def _empty(self, package: str, url: str) -> None:
        """Delete every row, by a connection that knows the tables already: 1 ms, not 30."""
        if url not in self._emptying:
            self._emptying[url] = await asyncpg.connect(url.replace("+asyncpg", ""))
        tables = [
            table
            for metadata in migrations.metadata_of(package)
            for table in metadata.sorted_tables
        ]
        deletes = ";".join(str(delete(table)) for table in tables)
        await self._emptying[url].execute(
            f"BEGIN; SET LOCAL session_replication_role = replica; {deletes}; COMMIT"
        )

    async def run(self, statement: str, url: str | None = None) -> None:
        """Run one statement outside of any transaction of ours."""
        engine = create_async_engine(
            url or self.postgres.url("postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
        try:
            async with engine.connect() as connection:
                await connection.execute(text(statement))
        finally:
            await engine.dispose()


class Broker:
    """A nats-server that tests may freeze, kill, rob and start again on the same port."""

    def __init__(self, data_dir: Path) -> None:
        self._server = NatsServer.start(data_dir)
        self.data_dir = self._server.data_dir
        self.port = self._server.port
        self.url = self._server.url

    def start_again(self) -> None:
        """Start on the same folder and port."""
        self._server = NatsServer.start(self.data_dir, port=self.port)

    def stop(self) -> None:
        """End it in order, if it lives."""
        if self._server.running:
            self._server.stop()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._server.kill()

    def freeze(self) -> None:
        """Keep its connections open and let nothing through."""
        self._server.freeze()

    def thaw(self) -> None:
        """Let it go on."""
        self._server.thaw()


@cache
def signing_key() -> dict[str, Any]:
    """Return the private key that tests sign tokens with."""
    key = OKPKey.generate_key("Ed25519", {"kid": "tests"}, private=True)
    return dict(key.as_dict(private=True))


def public_keys() -> str:
    """Return the key set that services under test check tokens against."""
    public = OKPKey.import_key(signing_key()).as_dict(private=False)
    return json.dumps({"keys": [{**public, "kid": "tests"}]})


def settings_for(package: str, *, database_url: str, nats: NatsServer | None) -> ServiceSettings:
    """Return settings of a service under test; what else it requires comes from its testing.py."""
    kind: type[ServiceSettings] = importlib.import_module(f"{package}.settings").Settings
    extra: dict[str, Any] = {}
    factories = importlib.import_module(f"{package}.testing")
    if hasattr(factories, "SETTINGS"):
        extra = dict(factories.SETTINGS)
    return kind(
        database_url=database_url,
        nats_url=nats.url if nats else "nats://127.0.0.1:1",
        jwks=public_keys(),
        link_key=LINK_KEY,
        time_zone=KYIV.key,
        currency="UAH",
        pool_size=5,
        **extra,
    )
