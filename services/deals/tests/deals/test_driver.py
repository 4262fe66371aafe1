"""Below SQLAlchemy: the hot statement fails as the others do."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.db.driver import DriverStatement, driver_of
from crm_shared.errors import InvalidError, UnavailableError
from crm_shared.http.database_problems import _passing, blame

MARK = DriverStatement(text("SELECT CAST(:number AS integer) / CAST(:by AS integer) AS share"))


class TestDriverStatement:
    async def test_runs_inside_the_sessions_transaction(self, session: AsyncSession) -> None:
        await session.execute(text("CREATE TEMPORARY TABLE seen (n integer) ON COMMIT DROP"))
        statement = text("INSERT INTO seen VALUES (:n) RETURNING n")

        row = await DriverStatement(statement).first(session, {"n": 7})

        assert row["n"] == 7
        assert await session.scalar(text("SELECT n FROM seen")) == 7
        await session.rollback()
        assert await session.scalar(text("SELECT to_regclass('seen')")) is None

    async def test_orders_values_by_name(self, session: AsyncSession) -> None:
        await session.execute(text("SELECT 1"))

        assert (await MARK.first(session, {"by": 3, "number": 12}))["share"] == 4

    async def test_refusals_of_the_database_carry_their_state(self, session: AsyncSession) -> None:
        await session.execute(text("SELECT 1"))

        with pytest.raises(DBAPIError) as refused:
            await MARK.first(session, {"number": 1, "by": 0})

        assert refused.value.orig is not None
        assert getattr(refused.value.orig, "sqlstate", None) == "22012"

    async def test_a_value_that_does_not_fit_is_the_callers_fault(
        self, session: AsyncSession
    ) -> None:
        await session.execute(text("SELECT 1"))

        with pytest.raises(DBAPIError) as refused:
            await MARK.first(session, {"number": "seven", "by": 1})

        assert isinstance(blame(refused.value), InvalidError)

    async def test_a_closed_connection_passes_by_itself(self, session: AsyncSession) -> None:
        await session.execute(text("SELECT 1"))
        driver_of(session).terminate()

        with pytest.raises(DBAPIError, match="connection") as lost:
            await MARK.first(session, {"number": 1, "by": 1})

        assert isinstance(_passing(lost.value), UnavailableError)
        await session.invalidate()
