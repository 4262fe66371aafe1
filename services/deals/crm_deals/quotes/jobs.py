"""Timed work of the quotes feature."""

from crm_deals.quotes import use_cases
from crm_shared.worker import Job, JobContext


async def announce_expired(context: JobContext) -> int:
    """Let quotes expire whose last day is over."""
    async with context.sessions.begin() as session:
        return await use_cases.note_expired(session)


JOBS = [Job("quote-states", 60.0, announce_expired)]
