"""Alarms are looked at every few minutes, each by one replica at a time."""

from crm_reporting.alarms import queries, use_cases
from crm_reporting.rebuilds.use_cases import basis_and_rebuild
from crm_shared.clock import utc_now
from crm_shared.worker import Job, JobContext

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
            said += await use_cases.look(session, *claimed, basis)
    return said


JOBS = [Job("alarms", 15.0, look_at_due, again_s=15.0)]
