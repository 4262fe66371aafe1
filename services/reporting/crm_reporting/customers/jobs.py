"""Figures of customers are told from time to time: an import is over in one telling."""

from crm_reporting.customers import queries, use_cases
from crm_shared.worker import Job, JobContext

AT_ONCE = 2000
PORTIONS = 100
EVERY_S = 300.0


async def tell_customer_figures(context: JobContext) -> int:
    """Tell whatever changed, portion after portion, unless events still wait to be counted."""
    async with context.sessions() as session:
        if await queries.is_behind(session):
            return 0
        since = await queries.last_told(session)
    told = 0
    for _ in range(PORTIONS):
        async with context.sessions.begin() as session:
            portion = await use_cases.tell_figures(session, since=since, limit=AT_ONCE)
        told += portion
        if portion < AT_ONCE:
            break
    return told


JOBS = [Job("customer-figures", EVERY_S, tell_customer_figures, again_s=EVERY_S)]
