"""Timed work of the invoices feature."""

from crm_deals.invoices import use_cases
from crm_shared.worker import Job, JobContext


async def announce_overdue(context: JobContext) -> int:
    """Announce invoices that are owed after their due date."""
    async with context.sessions.begin() as session:
        return await use_cases.note_overdue(session)


JOBS = [Job("invoice-states", 60.0, announce_overdue)]
