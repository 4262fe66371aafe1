"""Below SQLAlchemy: the hot statement fails as the others do."""

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import UnmappedInstanceError

from crm_deals.deals.models import Deal
from crm_deals.deals.queries import SHOWN
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


class TestRecordsPastTheSession:
    ROW = tuple(f"{column.key} of it" for column in Deal.__table__.columns)

    def test_those_to_be_shown_can_never_be_written(self) -> None:
        deal = SHOWN.record(self.ROW)

        assert (deal.title, deal.broken_down) == ("title of it", False)
        with pytest.raises(UnmappedInstanceError):
            Session().add(deal)

    def test_those_to_be_changed_know_what_was_changed_and_only_that(self) -> None:
        deal = SHOWN.watched(self.ROW)
        deal.title, deal.channel = "another", deal.channel

        state = inspect(deal)
        assert (state.detached, state.attrs.title.history.deleted) == (True, ["title of it"])
        assert not any(one.history.has_changes() for one in state.attrs if one.key != "title")
