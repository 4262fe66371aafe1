"""Rules of segments are asked anew from time to time: days pass, and figures move."""

from contextlib import nullcontext
from datetime import timedelta

from crm_contacts.segments import queries, use_cases
from crm_contacts.settings import Settings
from crm_shared.clock import utc_now
from crm_shared.context import as_bulk
from crm_shared.worker import Job, JobContext

# asked about in one statement, which must end within the database's limit also over figures
AT_ONCE = 2000
# 100,000 records a turn: a base of a million takes ten, with other jobs between
PORTIONS = 50


async def evaluate_due(context: JobContext) -> int:
    """Ask what is due, portion after portion; a worker that dies loses one portion."""
    asked = 0
    for _ in range(PORTIONS):
        portion = await _one_portion(context)
        if portion is None:
            break
        asked += portion
    return asked


async def _one_portion(context: JobContext) -> int | None:
    settings: Settings = context.settings
    every = timedelta(seconds=settings.segment_every_s)
    async with context.sessions.begin() as session:
        claimed = await queries.claim_due(session, utc_now())
        if claimed is None:
            return None
        segment, evaluation = claimed
        # whom a new rule holds for is no news about these people: automation stays silent
        is_first = evaluation.evaluated_version != segment.rule_version
        with as_bulk() if is_first else nullcontext():
            return await use_cases.evaluate_portion(
                session, segment, evaluation, limit=AT_ONCE, every=every
            )


JOBS = [Job("segments", 5.0, evaluate_due)]
