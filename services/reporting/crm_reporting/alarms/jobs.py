"""Alarms are looked at every few minutes, each by one replica at a time."""

import structlog

from crm_reporting.alarms import queries, use_cases
from crm_reporting.rebuilds.use_cases import basis_and_rebuild
from crm_shared.clock import utc_now
from crm_shared.events.failures import is_away
from crm_shared.worker import Job, JobContext

log = structlog.get_logger()

A_ROUND = 200


async def look_at_due(context: JobContext) -> int:
    """Look at the alarms that are due, one transaction each; return how much was said."""
    said = 0
    for _ in range(A_ROUND):
        async with context.sessions.begin() as session:
            claimed = await queries.claim_due(session, utc_now())
            if claimed is None:
                break
            basis, _ = await basis_and_rebuild(session)
            alarm_id = claimed[0].id
            try:
                async with session.begin_nested():
                    said += await use_cases.look(session, *claimed, basis)
            except Exception as failed:
                if is_away(failed):
                    raise
                # one that fails or takes too long must not be the first of every round to come
                log.exception("alarm-failed", alarm_id=str(alarm_id))
                await use_cases.put_off(session, alarm_id)
    return said


JOBS = [Job("alarms", 15.0, look_at_due, again_s=15.0)]
