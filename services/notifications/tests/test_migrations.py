"""Upgrade from nothing gives what the models say; downgrade leaves nothing."""

import asyncio

from sqlalchemy import inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from crm_shared.db import migrations
from crm_shared.embedded.postgres import Postgres


async def tables_of(url: str) -> set[str]:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        names = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    await engine.dispose()
    return names


class TestMigrations:
    async def test_make_what_the_models_say(self, database: str, package: str) -> None:
        engine = create_async_engine(database)
        async with engine.connect() as connection:
            found = await connection.run_sync(lambda sync: migrations.differences(package, sync))
        await engine.dispose()

        assert found == []

    async def test_go_down_again(self, postgres: Postgres, package: str) -> None:
        postgres.ensure_database("down_and_up")
        url = postgres.url("down_and_up")

        await asyncio.to_thread(migrations.upgrade, package, url, "20261122_1230")
        await self.talks_by_number(url, "0671234567", "0501112233", "+380501112233", "103")
        await asyncio.to_thread(migrations.upgrade, package, url)
        # a talk begun anew under the full number stays beside the old one
        assert await self.numbers(url) == ["+380501112233", "+380671234567", "0501112233", "103"]
        await asyncio.to_thread(migrations.downgrade, package, url)

        assert await tables_of(url) == {"alembic_version"}

    async def talks_by_number(self, url: str, *numbers: str) -> None:
        engine = create_async_engine(url)
        row = (
            "INSERT INTO conversations (id, revision, created_at, updated_at, channel, address, "
            "status, last_at) VALUES (gen_random_uuid(), 1, now(), now(), 'sms', :address, "
            "'waiting', now())"
        )
        async with engine.begin() as connection:
            await connection.execute(text(row), [{"address": number} for number in numbers])
        await engine.dispose()

    async def numbers(self, url: str) -> list[str]:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            found = sorted(await connection.scalars(text("SELECT address FROM conversations")))
        await engine.dispose()
        return found
