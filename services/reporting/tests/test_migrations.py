"""Migrations: up from nothing is what the models say, and down works."""

import asyncio

from sqlalchemy.ext.asyncio import create_async_engine

from crm_shared.db import migrations
from crm_shared.testing.servers import Databases


class TestMigrations:
    async def test_come_to_what_the_models_say_and_go_back(self, databases: Databases) -> None:
        url = await databases.clone("crm_reporting")
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            assert not await connection.run_sync(
                lambda sync: migrations.differences("crm_reporting", sync)
            )
        await engine.dispose()

        await asyncio.to_thread(migrations.downgrade, "crm_reporting", url)
        await asyncio.to_thread(migrations.upgrade, "crm_reporting", url)
