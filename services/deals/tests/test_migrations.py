"""The migrations make what the models say, and can be taken back."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from crm_shared.db import migrations
from crm_shared.testing.servers import Databases


async def test_upgrade_makes_what_the_models_say(databases: Databases, package: str) -> None:
    engine = create_async_engine(await databases.clone(package), poolclass=NullPool)

    async with engine.connect() as connection:
        found = await connection.run_sync(lambda sync: migrations.differences(package, sync))

    await engine.dispose()
    assert found == []


async def test_downgrade_leaves_nothing(databases: Databases, package: str) -> None:
    url = await databases.clone(package)
    await asyncio.to_thread(migrations.downgrade, package, url)
    engine = create_async_engine(url, poolclass=NullPool)
    query = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")

    async with engine.connect() as connection:
        left = set(await connection.scalars(query))

    await engine.dispose()
    assert left == {"alembic_version"}
