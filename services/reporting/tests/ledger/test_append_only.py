"""The ledger is append only, and the database sees to it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.testing import DealStory, Tell, moment
from crm_shared.clock import utc_now

PARTITION = f"ledger_{utc_now():%Y_%m}"


class TestLedger:
    @pytest.mark.parametrize("table", ["ledger", PARTITION])
    @pytest.mark.parametrize(
        "statement",
        ["UPDATE {} SET revision = revision + 1", "DELETE FROM {}", "TRUNCATE {}"],
    )
    async def test_refuses_every_change_of_what_it_holds(
        self, tell: Tell, worker: AsyncSession, statement: str, table: str
    ) -> None:
        await tell(DealStory("deal", at=moment("2026-03-02 10:00")).move("Won", days=1))

        with pytest.raises(DBAPIError, match="append only"):
            await worker.execute(text(statement.format(table)))

        await worker.rollback()
        assert await worker.scalar(text("SELECT sum(revision) FROM ledger")) == 3

    async def test_costs_appending_nothing_for_no_trigger_fires_on_it(
        self, tell: Tell, worker: AsyncSession
    ) -> None:
        await tell(DealStory("deal", at=moment("2026-03-02 10:00")))
        guarded = text(
            "SELECT relname, count(*), count(*) FILTER (WHERE tgtype & :insert > 0) "
            "FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE relname LIKE 'ledger%' GROUP BY relname"
        )

        found = (await worker.execute(guarded, {"insert": 1 << 2})).all()

        assert {row[0]: row[1:] for row in found} == {"ledger": (2, 0), PARTITION: (2, 0)}
