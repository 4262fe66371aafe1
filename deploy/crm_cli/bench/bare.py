"""The limit of this stack: a stage change without sign-in, checks or event, as short as can be.

`/orm/{id}` does it with the ORM's unit of work, `/raw/{id}` with four statements of asyncpg.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import uvicorn
from fastapi import Body, FastAPI
from sqlalchemy import Connection, MetaData, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import registry

from crm_shared.db.engine import make_engine
from crm_shared.ids import new_id
from crm_shared.program import server_options
from crm_shared.settings import ServiceSettings, load, service_config

TABLES = ("deals", "stage_moves", "outbox")
NOBODY = UUID(int=0)
# About what a stage change says.
ENVELOPE = json.dumps({"data": "x" * 1500})
TYPE = "crm.deals.deal.stage_changed.v1"
READ = "SELECT * FROM deals WHERE id = $1 FOR UPDATE"
UPDATE = (
    "UPDATE deals SET stage_id = $2, stage_entered_at = $3, updated_at = $3, revision = $4 "
    "WHERE id = $1"
)
HISTORY = (
    "INSERT INTO stage_moves (deal_id, revision, from_stage_id, to_stage_id, outcome, "
    "is_reopening, actor_id, occurred_at, recorded_at) "
    "VALUES ($1, $2, $3, $4, 'open', false, $5, $6, $6)"
)
ANNOUNCE = (
    "INSERT INTO outbox (event_id, aggregate_id, revision, type, envelope, recorded_at) "
    "VALUES ($1, $2, $3, $4, $5, $6)"
)

StageId = Annotated[UUID, Body(embed=True, alias="stage_id")]


class Settings(ServiceSettings):
    """The bench's database, and how uvicorn is run."""

    model_config = service_config("bench")


class Mapped:
    """A row of a table whose columns are read from the database."""

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)


def create_app() -> FastAPI:
    """Return the application, with the pool sizes of the services."""
    settings = load(Settings)
    engine = make_engine(
        settings.database_url, application="bench-bare", pool_size=settings.pool_size
    )
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    rows: dict[str, Any] = {}

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with engine.connect() as connection:
            rows.update(await connection.run_sync(_map))
        dsn = settings.database_url.replace("+asyncpg", "")
        async with asyncpg.create_pool(
            dsn, min_size=settings.pool_size, max_size=settings.pool_size
        ) as pool:
            app.state.pool = pool
            yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)

    @app.get("/hello")
    async def hello() -> dict[str, str]:
        return {"hello": "there"}

    @app.put("/orm/{deal_id}")
    async def move_by_orm(deal_id: UUID, stage_id: StageId) -> dict[str, int]:
        async with sessions() as session, session.begin():
            return {"revision": await _by_orm(session, rows, deal_id, stage_id)}

    @app.put("/raw/{deal_id}")
    async def move_raw(deal_id: UUID, stage_id: StageId) -> dict[str, int]:
        async with app.state.pool.acquire() as connection, connection.transaction():
            return {"revision": await _raw(connection, deal_id, stage_id)}

    return app


async def _by_orm(
    session: AsyncSession, rows: dict[str, Any], deal_id: UUID, stage_id: UUID
) -> int:
    deals = rows["deals"]
    deal: Any = await session.scalar(select(deals).where(deals.id == deal_id).with_for_update())
    now = datetime.now(UTC)
    left, deal.stage_id, deal.stage_entered_at, deal.updated_at = deal.stage_id, stage_id, now, now
    deal.revision += 1
    session.add(
        rows["stage_moves"](
            deal_id=deal_id,
            revision=deal.revision,
            from_stage_id=left,
            to_stage_id=stage_id,
            outcome="open",
            is_reopening=False,
            actor_id=NOBODY,
            occurred_at=now,
            recorded_at=now,
        )
    )
    session.add(
        rows["outbox"](
            event_id=new_id(),
            aggregate_id=deal_id,
            revision=deal.revision,
            type=TYPE,
            envelope=ENVELOPE,
            recorded_at=now,
        )
    )
    await session.flush()
    return int(deal.revision)


async def _raw(connection: Any, deal_id: UUID, stage_id: UUID) -> int:
    deal = await connection.fetchrow(READ, deal_id)
    now, revision = datetime.now(UTC), deal["revision"] + 1
    await connection.execute(UPDATE, deal_id, stage_id, now, revision)
    await connection.execute(HISTORY, deal_id, revision, deal["stage_id"], stage_id, NOBODY, now)
    await connection.execute(ANNOUNCE, new_id(), deal_id, revision, TYPE, ENVELOPE, now)
    return int(revision)


def _map(connection: Connection) -> dict[str, Any]:
    metadata, mappers = MetaData(), registry()
    metadata.reflect(connection, only=TABLES)
    rows = {name: type(name.title(), (Mapped,), {}) for name in TABLES}
    for name, row in rows.items():
        mappers.map_imperatively(row, metadata.tables[name])
    return rows


if __name__ == "__main__":
    uvicorn.run(
        "crm_cli.bench.bare:create_app", factory=True, workers=2, **server_options(load(Settings))
    )
