"""Timed work of hand-overs: portion after portion, a transaction each."""

from crm_contacts.hand_overs import queries, use_cases
from crm_contacts.hand_overs.models import RUNNING
from crm_contacts.settings import Settings
from crm_shared.actor import Actor, Role
from crm_shared.clock import local_day, utc_now
from crm_shared.context import Context, use
from crm_shared.worker import Job, JobContext

PORTIONS = 20


async def carry_out(context: JobContext) -> int:
    """Move what running hand-overs have left; a worker that dies loses one portion at most."""
    moved = 0
    for _ in range(PORTIONS):
        portion = await _one_portion(context)
        if portion is None:
            break
        moved += portion
    return moved


async def _one_portion(context: JobContext) -> int | None:
    settings: Settings = context.settings
    async with context.sessions.begin() as session:
        hand_over = await queries.claim_running(session)
        if hand_over is None or hand_over.status != RUNNING:
            return None
        # what goes over is a mass change of whoever asked for it
        admin = Actor(id=hand_over.requested_by, role=Role.ADMIN)
        with use(Context(actor=admin, correlation_id=hand_over.id, bulk=True)):
            today = local_day(utc_now(), settings.zone)
            return await use_cases.proceed(session, hand_over, today=today)


JOBS = [Job("hand-overs", 2.0, carry_out)]
