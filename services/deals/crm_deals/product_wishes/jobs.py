"""Timed work of the product wishes feature."""

from crm_deals.product_wishes import use_cases
from crm_shared.worker import Job, JobContext


async def announce_fulfilled(context: JobContext) -> int:
    """Announce of waiting clients that their product has come."""
    async with context.sessions.begin() as session:
        return await use_cases.fulfil_wishes(session)


JOBS = [Job("product-arrivals", 1.0, announce_fulfilled)]
