"""Every SELECT of the gates: what is known beside the record that somebody wants to change."""

from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.models import Activity, ActivityKind, ActivityStatus
from crm_contacts.calls.models import Call
from crm_contacts.cases.models import Case
from crm_contacts.cases.rules import WORKED_ON
from crm_contacts.gates.catalogue import GuardedNoun
from crm_contacts.leads.models import OPEN, Lead
from crm_contacts.tasks.models import Task, TaskStatus
from crm_shared.db.infrastructure import ALIASES


async def work_around(session: AsyncSession, noun: str, record_id: UUID) -> dict[str, int]:
    """Count the tasks and calls about a client, or about records that were merged into it."""
    merged = select(ALIASES.c.loser_id).where(ALIASES.c.survivor_id == record_id)
    column = f"{noun}_id"
    tasks = await session.execute(
        select(
            func.count().filter(Task.status == TaskStatus.OPEN),
            func.count().filter(Task.status == TaskStatus.DONE),
        ).where(or_(getattr(Task, column) == record_id, getattr(Task, column).in_(merged)))
    )
    calls = await session.execute(
        select(func.count(), func.count().filter(Call.answered.is_(True))).where(
            or_(getattr(Call, column) == record_id, getattr(Call, column).in_(merged))
        )
    )
    held = select(func.count()).where(
        or_(getattr(Activity, column) == record_id, getattr(Activity, column).in_(merged)),
        Activity.kind == ActivityKind.CALL,
        Activity.status == ActivityStatus.DONE,
    )
    by_hand = await session.scalar(held) or 0
    (open_tasks, done_tasks), (logged, answered) = tasks.one(), calls.one()
    return {
        "open_tasks": open_tasks,
        "done_tasks": done_tasks,
        "calls": logged + by_hand,
        "answered_calls": answered + by_hand,
    }


async def held_by(
    session: AsyncSession, noun: GuardedNoun, owner_id: UUID, *, but: UUID, stage: str | None
) -> dict[str, int]:
    """Count the other records of an owner, of leads and cases the open ones: all, in one stage."""
    model = noun.model
    still_open = {Lead: Lead.status.in_(sorted(OPEN)), Case: Case.status.in_(sorted(WORKED_ON))}
    found = await session.execute(
        select(func.count(), func.count().filter(getattr(model, noun.stage) == stage)).where(
            model.owner_id == owner_id,
            model.id != but,
            model.deleted_at.is_(None),
            *([still_open[model]] if model in still_open else []),
        )
    )
    counted = found.one()
    return {"all": counted[0], "stage": counted[1]}
