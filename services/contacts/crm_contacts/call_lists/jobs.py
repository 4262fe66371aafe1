"""Timed work of call lists: who was held too long is free again, who must not be called is out."""

from crm_contacts.call_lists import queries
from crm_contacts.call_lists.use_cases.calling import exclude, release
from crm_shared.clock import utc_now
from crm_shared.worker import Job, JobContext

AT_ONCE = 200


async def release_forgotten(context: JobContext) -> int:
    """Release entries that somebody took and never spoke of; rows are claimed."""
    async with context.sessions.begin() as session:
        entries = await queries.overdue_entries(session, utc_now(), AT_ONCE)
        for entry in entries:
            await release(session, entry)
        return len(entries)


async def take_out_forbidden(context: JobContext) -> int:
    """Take those off open lists who must not be called since; rows are claimed."""
    async with context.sessions.begin() as session:
        found = await queries.forbidden_entries(session, AT_ONCE)
        for entry, reason in found:
            await exclude(session, entry, reason)
        return len(found)


JOBS = [
    Job("call-lists-release", 30.0, release_forgotten),
    Job("call-lists-exclude", 60.0, take_out_forbidden),
]
