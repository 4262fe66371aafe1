"""Customers whose rows changed are summed anew, soon after: until then their rows are read."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.database import join_tables
from crm_reporting.ledger.queries import is_far_behind
from crm_reporting.rebuilds.use_cases import basis_and_rebuild
from crm_reporting.summaries import statements
from crm_reporting.summaries.models import StaleCustomer
from crm_shared.worker import Job, JobContext

EVERY_S = 2.0
# half a second of work at most, so that neither a rebuild nor a stop of the worker waits for long
AT_ONCE = 300


async def sum_stale(context: JobContext) -> int:
    """Sum some customers anew, unless a heap of events waits; returns how many."""
    async with context.sessions.begin() as session:
        # whoever is summed now changes again before anybody asks
        if await is_far_behind(session):
            return 0
        return await sum_some(session)


async def sum_some(session: AsyncSession) -> int:
    """Sum some customers anew in the caller's transaction; returns how many."""
    # the tables are not exchanged meanwhile
    await join_tables(session)
    basis, _is_rebuilt = await basis_and_rebuild(session)
    found = await statements.take_stale(session, most=AT_ONCE)
    if found:
        await statements.sum_anew(session, found, basis.zone)
    return len(found)


async def has_stale(context: JobContext) -> bool:
    """Tell whether anybody waits to be summed."""
    async with context.sessions() as session:
        return await session.scalar(select(StaleCustomer.customer).limit(1)) is not None


JOBS = [
    Job("customer-sums", EVERY_S, sum_stale, again_s=0.2, page=AT_ONCE, has_work=has_stale),
]
