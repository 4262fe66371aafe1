"""Timed work of hand-overs: portion after portion, a transaction each."""

from uuid import UUID

import structlog

from crm_contacts.hand_overs import queries, use_cases
from crm_contacts.hand_overs.models import RUNNING
from crm_contacts.settings import Settings
from crm_shared.actor import Actor, Role
from crm_shared.clock import local_day, utc_now
from crm_shared.context import Context, use
from crm_shared.events.failures import passes
from crm_shared.worker import Job, JobContext

log = structlog.get_logger()

# 4,000 records a turn, then the other jobs of the worker have theirs
PORTIONS = 20


async def carry_out(context: JobContext) -> int:
    """Move what running hand-overs have left; a worker that dies loses one portion at most."""
    moved = 0
    failed: list[UUID] = []
    # a turn has an end: other jobs of this worker wait behind it
    for _ in range(PORTIONS):
        portion = await _one_portion(context, failed)
        if portion is None:
            break
        moved += portion
    return moved


async def _one_portion(context: JobContext, failed: list[UUID]) -> int | None:
    settings: Settings = context.settings
    async with context.sessions.begin() as session:
        hand_over = await queries.claim_running(session, but=failed)
        if hand_over is None or hand_over.status != RUNNING:
            return None
        # what goes over is a mass change of whoever asked for it
        admin = Actor(id=hand_over.requested_by, role=Role.ADMIN)
        with use(Context(actor=admin, correlation_id=hand_over.id, bulk=True)):
            today = local_day(utc_now(), settings.zone)
            hand_over_id = hand_over.id
            try:
                async with session.begin_nested():
                    return await use_cases.proceed(session, hand_over, today=today)
            except Exception as error:
                if passes(error):
                    raise
                # the oldest comes first in every run: those behind it must not wait for it
                log.exception("hand-over-failed", hand_over_id=str(hand_over_id))
                failed.append(hand_over_id)
                return 0


JOBS = [Job("hand-overs", 2.0, carry_out)]
