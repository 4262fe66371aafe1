"""Timed work of the deals feature."""

from crm_deals.deals import use_cases
from crm_shared.worker import Job, JobContext


async def announce_states(context: JobContext) -> int:
    """Announce deals that rot, are overdue or have no next step; each state is a revision."""
    async with context.sessions.begin() as session:
        rotting = await use_cases.note_rotting(session)
    async with context.sessions.begin() as session:
        overdue = await use_cases.note_overdue(session)
    async with context.sessions.begin() as session:
        unplanned = await use_cases.note_without_step(session)
    return rotting + overdue + unplanned


JOBS = [Job("deal-states", 60.0, announce_states)]
