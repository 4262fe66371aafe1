"""The migrations make what the models say, and take it away again."""

import asyncio

from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from crm_shared.db import migrations
from crm_shared.testing.servers import Databases


async def test_nothing_is_missing_after_the_upgrade(database: str) -> None:
    engine = create_async_engine(database)
    async with engine.connect() as connection:
        found = await connection.run_sync(lambda sync: migrations.differences("crm_contacts", sync))
    await engine.dispose()

    assert found == []


async def test_the_way_down_leaves_nothing_and_up_again_is_open(databases: Databases) -> None:
    url = await databases.clone("crm_contacts")

    await asyncio.to_thread(migrations.downgrade, "crm_contacts", url)
    assert await tables_of(url) == ["alembic_version"]

    await asyncio.to_thread(migrations.upgrade, "crm_contacts", url)
    assert {"contacts", "tasks", "leads", "outbox"} <= set(await tables_of(url))


async def tables_of(url: str) -> list[str]:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    await engine.dispose()
    return names
