"""Timed work of call lists: who was held too long is free again, who must not be called is out."""

from datetime import datetime, timedelta

from crm_contacts.call_lists import queries
from crm_contacts.call_lists.rules import NOUNS
from crm_contacts.call_lists.use_cases.calling import exclude, release
from crm_shared.clock import utc_now
from crm_shared.worker import Job, JobContext

# an event each in one transaction, on rows that callers want next
AT_ONCE = 200
PORTIONS = 20
# a change is seen some time after the moment it names: transactions take their time
LOOKING_BACK = timedelta(minutes=10)


async def release_forgotten(context: JobContext) -> int:
    """Release entries that somebody took and never spoke of; rows are claimed."""
    async with context.sessions.begin() as session:
        entries = await queries.overdue_entries(session, utc_now(), AT_ONCE)
        for entry in entries:
            await release(session, entry)
        return len(entries)


async def take_out_forbidden(context: JobContext) -> int:
    """Take those off open lists who changed and must not be called since; rows are claimed."""
    return await _take_out(context, since=utc_now() - LOOKING_BACK)


async def sweep(context: JobContext) -> int:
    """Look at everybody who waits, for what no change of a person tells."""
    return await _take_out(context, since=None)


async def _take_out(context: JobContext, *, since: datetime | None) -> int:
    return sum([await _take_out_of(context, noun, since) for noun in NOUNS])


async def _take_out_of(context: JobContext, noun: str, since: datetime | None) -> int:
    taken = 0
    for _ in range(PORTIONS):
        async with context.sessions.begin() as session:
            found = await queries.forbidden_entries(session, noun, AT_ONCE, since=since)
            for entry, reason in found:
                await exclude(session, entry, reason)
        taken += len(found)
        if len(found) < AT_ONCE:
            break
    return taken


JOBS = [
    Job("call-lists-release", 30.0, release_forgotten),
    Job("call-lists-exclude", 60.0, take_out_forbidden),
    Job("call-lists-sweep", 3600.0, sweep),
]
