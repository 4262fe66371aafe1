"""Timed work of the approvals feature."""

from crm_deals.approvals import use_cases
from crm_shared.worker import Job, JobContext


async def watch_deadlines(context: JobContext) -> int:
    """Escalate or end requests that nobody answered in time."""
    async with context.sessions.begin() as session:
        return await use_cases.end_overdue(session)


async def watch_absences(context: JobContext) -> int:
    """Hand what waits for people who are away to their substitutes."""
    handed, last = 0, None
    # on to the end: whose policy names nobody stays uncovered and would stand before all others
    while True:
        async with context.sessions.begin() as session:
            some, last = await use_cases.cover_absences(session, after=last)
        handed += some
        if last is None:
            return handed


JOBS = [
    Job("approval-deadlines", 30.0, watch_deadlines),
    Job("approval-absences", 60.0, watch_absences),
]
