"""Engines and sessions."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json
from sqlalchemy.event import listen
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

Sessions = async_sessionmaker[AsyncSession]
SETTINGS = "crm_settings"
NO_PLANNER: Mapping[str, str] = {}


def make_engine(
    url: str,
    *,
    application: str,
    pool_size: int = 8,
    command_timeout: float | None = 60,
    planner: Mapping[str, str] = NO_PLANNER,
) -> AsyncEngine:
    """Make an engine with the limits every service runs under.

    Without a `command_timeout` whoever lifts `statement_timeout` may wait as long as it takes.
    `planner` are settings of PostgreSQL by which it chooses how to read.
    """
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        # values that people typed must not reach logs through an error's text
        hide_parameters=True,
        json_deserializer=from_json,
        connect_args={
            "timeout": 5,
            "command_timeout": command_timeout,
            "server_settings": {
                "application_name": application,
                "statement_timeout": "30000",
                "idle_in_transaction_session_timeout": "30000",
                "lock_timeout": "10000",
                "jit": "off",
                **planner,
            },
        },
    )
    listen(engine.sync_engine, "connect", _parse_documents)
    listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _parse_documents(connection: Any, _record: Any) -> None:
    """Let the parser be given each document by the driver itself: a page of deals has 250 of them.

    The dialect's own way takes twice the time of parsing a short one.
    """
    # binary, for a COPY has no other form; before the document stands the version of the form
    documents = {
        "encoder": lambda text: b"\x01" + text.encode(),
        "decoder": lambda document: from_json(document[1:]),
        "schema": "pg_catalog",
        "format": "binary",
    }
    connection.run_async(lambda driver: driver.set_type_codec("jsonb", **documents))


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    """Let the pool open another connection where the database closed this one.

    The driver knows it without asking; `pool_pre_ping` costs three round trips per checkout
    (2,210/s → 3,668/s for eight tasks that select 1).
    """
    if connection._connection.is_closed():
        raise DisconnectionError


def make_sessions(engine: AsyncEngine, settings: object = None) -> Sessions:
    """Make sessions that flush only when told: `outbox.record` decides what one change is.

    Handlers find the service's settings as `session.info["crm_settings"]`.
    """
    info = {SETTINGS: settings}
    return async_sessionmaker(engine, expire_on_commit=False, autoflush=False, info=info)


def make_autocommit_sessions(engine: AsyncEngine) -> Sessions:
    """Make sessions whose every statement is its own transaction, for the hot paths."""
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    return async_sessionmaker(autocommit, expire_on_commit=False, autoflush=False)
