"""Timed work on cases: limits that come near or have passed, and solved ones that rest."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.cases import queries
from crm_contacts.cases.models import Case
from crm_contacts.cases.rules import Alarm, Limit
from crm_contacts.cases.use_cases.announcements import said
from crm_contacts.cases.use_cases.moves import close_case
from crm_contacts.events import CaseLimitBreached, CaseLimitWarned
from crm_contacts.gates.use_cases import open_gates
from crm_contacts.tasks.models import TaskPriority
from crm_contacts.tasks.use_cases import created, new_task
from crm_contacts.versions.use_cases import announce
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.events.failures import passes

log = structlog.get_logger()

# each with a savepoint, an event and perhaps a task; what is left goes in the next turn
AT_ONCE = 100
TITLES = {
    "en": "Case {number} is late",
    "uk": "Звернення {number} прострочено",
    "ru": "Обращение {number} просрочено",
}


async def tell_limits(session: AsyncSession) -> int:
    """Say of each limit once that it comes near and once that it has passed; return how often.

    A limit that has passed makes a task for the head of the case's team.
    """
    now = utc_now()
    told = 0
    for case in await queries.claim_due(session, now, limit=AT_ONCE):
        case_id = case.id
        try:
            async with session.begin_nested():
                told += await _tell_all(session, case, now)
        except Exception as error:
            if passes(error):
                raise
            # one case whose limit cannot be told must not silence all others
            log.exception("case-limit-failed", case_id=str(case_id))
    return told


async def _tell_all(session: AsyncSession, case: Case, now: datetime) -> int:
    told = 0
    while (due := case.alarm(now)) is not None:
        await _tell(session, case, *due)
        told += 1
    return told


async def _tell(session: AsyncSession, case: Case, limit: Limit, alarm: Alarm) -> None:
    now, due_at = utc_now(), case.clock(limit).due_at
    head = await queries.head_of(session, case.team_id) if alarm == "breached" else None
    case.ring(limit, alarm, at=now, head_id=None if head is None else head.id)
    kind = CaseLimitBreached if alarm == "breached" else CaseLimitWarned
    await announce(session, case, said(kind, case, limit=limit, due_at=due_at))
    if head is None:
        return
    task = new_task(
        {
            "title": TITLES.get(head.language, TITLES["en"]).format(number=case.number),
            "kind": "case_escalation",
            "priority": TaskPriority.HIGH,
            "assignee_id": head.id,
            "team_id": case.team_id,
            "contact_id": case.contact_id,
            "company_id": case.company_id,
            "deal_id": case.deal_id,
            "due_at": now,
        }
    )
    session.add(task)
    await outbox.record(session, task, created(task))


async def close_rested(session: AsyncSession, *, after: timedelta) -> int:
    """Close cases that were solved so long ago that no customer can reopen them."""
    cases = await queries.claim_solved(session, utc_now() - after, limit=AT_ONCE)
    with open_gates():
        for case in cases:
            await close_case(session, case)
    return len(cases)
