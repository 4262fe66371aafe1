"""What passes by itself, told from what is somebody's fault, by a real database's own words."""

from collections.abc import AsyncIterator

import pytest
from asyncpg import InternalClientError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InternalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from starlette.requests import Request

from crm_shared.db.driver import driver_for_reading
from crm_shared.db.engine import make_engine
from crm_shared.db.failures import OF_DRIVER
from crm_shared.embedded.postgres import Postgres
from crm_shared.events.failures import is_away, passes
from crm_shared.http.database_problems import on_database_error


@pytest.fixture
async def engine(postgres: Postgres) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(postgres.url("postgres"), application="tests")
    yield engine
    await engine.dispose()


async def failure_of(engine: AsyncEngine, statement: str, **values: object) -> DBAPIError:
    with pytest.raises(DBAPIError) as raised:
        async with engine.begin() as connection:
            await connection.execute(text(statement), values)
    return raised.value


class TestIsAway:
    @pytest.mark.parametrize(
        ("state", "away", "passing"),
        [
            ("08006", True, True),  # connection lost
            ("53100", True, True),  # disk full
            ("53300", True, True),  # too many connections
            ("57P01", True, True),  # shut down by its administrator
            ("57P03", True, True),  # starting up
            ("58030", True, True),  # a file cannot be read
            ("40P01", False, True),  # deadlock
            ("55P03", False, True),  # a lock did not come
            ("57014", False, True),  # took too long
            ("23505", False, False),  # there is one like it
            ("22003", False, False),  # a number too large
            ("42P01", False, False),  # no such table
        ],
    )
    async def test_is_told_by_the_state(
        self, engine: AsyncEngine, state: str, away: bool, passing: bool
    ) -> None:
        failed = await failure_of(
            engine, f"DO $$ BEGIN RAISE EXCEPTION 'made up' USING ERRCODE = '{state}'; END $$"
        )

        assert (is_away(failed), passes(failed)) == (away, passing)

    async def test_is_no_value_that_the_driver_refuses(self, engine: AsyncEngine) -> None:
        failed = await failure_of(engine, "SELECT CAST(:number AS integer)", number=2**40)

        assert not passes(failed)

    async def test_is_a_database_that_takes_no_more_connections(
        self, engine: AsyncEngine, postgres: Postgres
    ) -> None:
        async with engine.begin() as connection:
            await connection.execute(text("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0"))
        full = make_engine(
            postgres.url("postgres").replace("//crm@", "//crowded@"), application="tests"
        )
        try:
            assert is_away(await failure_of(full, "SELECT 1"))
        finally:
            await full.dispose()
            async with engine.begin() as connection:
                await connection.execute(text("DROP ROLE crowded"))

    async def test_is_a_connection_that_was_cut(self, engine: AsyncEngine) -> None:
        assert is_away(
            await failure_of(engine, "SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(1)")
        )

    def test_is_a_driver_that_lost_its_thread(self) -> None:
        assert is_away(InternalError("", None, InternalClientError("unknown protocol state")))

    async def test_is_told_alike_by_who_speaks_to_the_driver_itself(
        self, engine: AsyncEngine
    ) -> None:
        """Batches and hot reads go below SQLAlchemy: their errors are the driver's own."""

        async def own_failure_of(statement: str, *values: object) -> Exception:
            async with AsyncSession(engine) as session:
                connection = await driver_for_reading(session)
                with pytest.raises(OF_DRIVER) as raised:
                    await connection.execute(statement, *values)
            return raised.value

        lock = "DO $$ BEGIN RAISE EXCEPTION 'made up' USING ERRCODE = '55P03'; END $$"
        failures = [
            await own_failure_of("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(1)"),
            await own_failure_of(lock),
            await own_failure_of("SELECT $1::integer", 2**40),
        ]
        assert [is_away(one) for one in failures] == [True, False, False]
        assert [passes(one) for one in failures] == [True, True, False]
        # asked over HTTP: to be tried again, not a fault of ours
        request = Request({"type": "http", "headers": []})
        answers = [await on_database_error(request, one) for one in failures[:2]]
        assert [one.status_code for one in answers] == [503, 503]
