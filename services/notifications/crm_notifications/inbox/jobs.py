"""Timed work: tell colleagues, tell their heads what they leave lying, make summaries, tidy up."""

from datetime import timedelta

from crm_notifications.inbox import statements
from crm_notifications.inbox.use_cases import PAGE, announce_digests, escalate, write_next
from crm_shared.clock import utc_now
from crm_shared.worker import Job, JobContext

KEPT = timedelta(days=90)
KEPT_UNREAD = timedelta(days=365)
A_PORTION = 5_000


async def write_notices(context: JobContext) -> int:
    """Write what came into the log to whom it concerns."""
    async with context.sessions.begin() as session:
        return await write_next(session)


async def escalate_notices(context: JobContext) -> int:
    """Tell heads of teams what was left lying."""
    hours = context.settings.inbox_escalation_hours
    if not hours:
        return 0
    async with context.sessions.begin() as session:
        return await escalate(session, after=timedelta(hours=hours))


async def make_digests(context: JobContext) -> int:
    """Announce the summaries that are due."""
    async with context.sessions.begin() as session:
        return await announce_digests(session, context.settings.zone)


async def drop_old_notices(context: JobContext) -> int:
    """Drop what was read long ago, and what nobody will read any more."""
    now = utc_now()
    async with context.sessions.begin() as session:
        return await statements.drop_old(
            session, now - KEPT, unread_before=now - KEPT_UNREAD, limit=A_PORTION
        )


JOBS = [Job("write-notices", 0.5, write_notices, page=PAGE)]
UPKEEP = [
    Job("escalate-notices", 60.0, escalate_notices),
    Job("make-digests", 60.0, make_digests),
    Job("trim-inbox", 3600.0, drop_old_notices),
]
