"""Timed work of cases."""

from datetime import timedelta

from crm_contacts.cases.use_cases.limits import close_rested, tell_limits
from crm_contacts.settings import Settings
from crm_shared.worker import Job, JobContext


async def warn_of_limits(context: JobContext) -> int:
    """Tell of limits that come near or have passed; rows are held, so each is told once."""
    async with context.sessions.begin() as session:
        return await tell_limits(session)


async def close_solved(context: JobContext) -> int:
    """Close solved cases when the customer's time to reopen them is over."""
    settings: Settings = context.settings
    async with context.sessions.begin() as session:
        return await close_rested(session, after=timedelta(days=settings.case_reopen_days))


JOBS = [Job("case-limits", 15.0, warn_of_limits), Job("cases-closing", 600.0, close_solved)]
