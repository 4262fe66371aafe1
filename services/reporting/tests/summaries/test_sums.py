"""Customers are summed beside: what is told is exact before, meanwhile and after."""

import httpx
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.ledger.queries import FAR_BEHIND
from crm_reporting.ledger.use_cases import note_pending
from crm_reporting.rebuilds.use_cases import basis_and_rebuild
from crm_reporting.summaries import jobs, statements
from crm_reporting.summaries.models import CustomerDay, StaleCustomer
from crm_reporting.summaries.rules import Touched, touched
from crm_reporting.testing import DealStory, Tell, day, get_metric, named, won
from crm_shared.db.engine import Sessions
from crm_shared.worker import JobContext

SILPO = named("Silpo")
SALES = "repeat_sales?from=2026-03-01&to=2026-04-01"


async def stale(session: AsyncSession) -> int:
    await session.rollback()
    return int(await session.scalar(select(func.count()).select_from(StaleCustomer)) or 0)


async def test_what_comes_while_customers_are_summed_is_told_and_summed_next(
    client: httpx.AsyncClient, tell: Tell, worker: AsyncSession, worker_sessions: Sessions,
    context: JobContext,
) -> None:  # fmt: skip
    """A mark goes only with the rows that were seen with it."""
    await tell(won("1", on="03-05", company_id=SILPO), won("2", on="03-09", company_id=SILPO))
    assert (await get_metric(client, SALES))["value"] == "1"
    await note_pending(worker, "deals", FAR_BEHIND + 1)
    await worker.commit()
    # with a heap of events waiting it would be done in vain
    assert (await jobs.sum_stale(context), await stale(worker)) == (0, 1)
    await note_pending(worker, "deals", 0)
    await worker.commit()
    assert (await jobs.sum_stale(context), await stale(worker)) == (1, 0)
    assert (await get_metric(client, SALES))["value"] == "1"

    await tell(won("3", on="03-07", company_id=SILPO))
    async with worker_sessions.begin() as summing:
        await basis_and_rebuild(summing)
        taken = await statements.take_stale(summing, most=9)
        assert set(taken) == {SILPO}
        async with worker_sessions.begin() as other:
            await basis_and_rebuild(other)
            # one replica at a time; what it does not see, it leaves
            assert await statements.take_stale(other, most=9) == {}
        await tell(won("4", on="03-06", company_id=SILPO))
        assert (await get_metric(client, SALES))["value"] == "3"
        await statements.sum_anew(summing, taken, context.settings.zone)
    assert await stale(worker) == 1
    assert (await get_metric(client, SALES))["value"] == "3"
    assert await jobs.has_stale(context)
    await jobs.sum_stale(context)
    assert (await get_metric(client, SALES))["value"] == "3"
    totals = select(CustomerDay.total).where(CustomerDay.deed == 1).order_by(CustomerDay.day)
    assert list(await worker.scalars(totals)) == [1, 2, 3, 4]
    assert not await jobs.has_stale(context)


async def test_a_deal_that_moves_on_touches_nobody(
    tell: Tell, worker: AsyncSession, context: JobContext
) -> None:
    """Most moves of open deals make no work."""
    deal = DealStory("open", at=day("03-01"), company_id=SILPO)
    await tell(deal)
    await jobs.sum_stale(context)
    await tell(deal.move("Qualified", at=day("03-03")).move("Proposal", at=day("03-09")))
    assert await stale(worker) == 0
    await tell(deal.move("Lost", at=day("03-10")))
    assert await stale(worker) == 1


def test_rows_touch_their_customers_from_the_first_day_that_differs() -> None:
    assert dict(touched(set(), set())) == {}
    both = Touched(day("03-05").date()).join(Touched(spans=True)).join(Touched(day("03-02").date()))
    assert both == Touched(day("03-02").date(), spans=True)
