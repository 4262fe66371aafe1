"""Timed work of activities: promises whose time has passed."""

from datetime import timedelta

import structlog

from crm_contacts.activities.queries import claim_breached
from crm_contacts.activities.use_cases import miss_activity
from crm_contacts.settings import Settings
from crm_shared.clock import utc_now
from crm_shared.events.failures import passes
from crm_shared.worker import Job, JobContext

log = structlog.get_logger()

# a savepoint each in one transaction; what is left goes in the next turn
AT_ONCE = 100


async def tell_breaches(context: JobContext) -> int:
    """Mark promises that were not kept within the grace; rows are held, so each is told once."""
    settings: Settings = context.settings
    now = utc_now()
    before = now - timedelta(seconds=settings.promise_grace_s)
    async with context.sessions.begin() as session:
        broken = await claim_breached(session, before=before, limit=AT_ONCE)
        for activity in broken:
            activity_id = activity.id
            try:
                async with session.begin_nested():
                    await miss_activity(session, activity, zone=settings.zone, at=now)
            except Exception as error:
                if passes(error):
                    raise
                # one promise that cannot be told must not silence all others
                log.exception("promise-breach-failed", activity_id=str(activity_id))
    return len(broken)


JOBS = [Job("promise-breaches", 15.0, tell_breaches)]
