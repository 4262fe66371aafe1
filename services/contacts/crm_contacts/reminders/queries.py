"""Every SELECT of the reminders feature: each is answered by a partial index of what is open."""

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from crm_contacts.activities.models import Activity, ActivityStatus
from crm_contacts.calls.models import Call
from crm_contacts.tasks.models import Task, TaskStatus
from crm_contacts.teams.models import Team
from crm_contacts.users.models import User

RowT = TypeVar("RowT", Task, Activity)
IS_OPEN: dict[type[Task] | type[Activity], ColumnElement[bool]] = {
    Task: Task.status == TaskStatus.OPEN,
    Activity: Activity.status == ActivityStatus.PLANNED,
}


async def claim_reminders(
    session: AsyncSession, model: type[RowT], now: datetime, *, limit: int
) -> list[RowT]:
    """Hold what somebody is to be reminded of now; another worker's are passed over."""
    return await _claim(session, model, model.next_reminder_at, now, limit)


async def claim_alarms(session: AsyncSession, now: datetime, *, limit: int) -> list[Task]:
    """Hold call-backs whose limit has passed untold; another worker's are passed over."""
    return await _claim(session, Task, Task.alarm_at, now, limit)


async def claim_overdue(session: AsyncSession, before: datetime, *, limit: int) -> list[Task]:
    """Hold tasks that were due before and whose head was not told; others' are passed over."""
    is_untold = Task.escalated_at.is_(None)
    return await _claim(session, Task, Task.due_at, before, limit, is_untold)


async def _claim(
    session: AsyncSession,
    model: type[RowT],
    moment: InstrumentedAttribute[datetime | None],
    now: datetime,
    limit: int,
    *conditions: ColumnElement[bool],
) -> list[RowT]:
    found = (
        select(model)
        .where(IS_OPEN[model], moment <= now, model.deleted_at.is_(None), *conditions)
        .order_by(moment)
        .limit(limit)
    )
    # what is being completed at this moment is not to be reminded of
    return list(await session.scalars(found.with_for_update(skip_locked=True)))


async def heads_of(
    session: AsyncSession, team_ids: Collection[UUID]
) -> dict[UUID, tuple[UUID | None, UUID | None]]:
    """Return of each team its head and the head of the team above, as far as they work here."""
    above, head, upper = aliased(Team), aliased(User), aliased(User)
    found = (
        select(Team.id, head.id, upper.id)
        .outerjoin(head, and_(head.id == Team.head_id, head.is_active))
        .outerjoin(above, above.id == Team.parent_id)
        .outerjoin(upper, and_(upper.id == above.head_id, upper.is_active))
        .where(Team.id.in_(team_ids))
    )
    return {team_id: (one, two) for team_id, one, two in await session.execute(found)}


async def calls_of(session: AsyncSession, task_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the missed call that each of these tasks was made for."""
    found = select(Call.callback_task_id, Call.id).where(Call.callback_task_id.in_(task_ids))
    rows = await session.execute(found)
    return {task_id: call_id for task_id, call_id in rows if task_id is not None}
