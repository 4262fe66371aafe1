"""Every SELECT of the schedules."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, any_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.schedules.errors import LinkError, ScheduleNotFoundError
from crm_reporting.schedules.models import ReportDelivery, ReportSchedule
from crm_shared.actor import Access, Actor, Role, Scope
from crm_shared.db.infrastructure import KNOWN_USERS
from crm_shared.db.scope import visible


def schedules_within(access: Access) -> Select[ReportSchedule]:
    """Select the schedules in force that lie within a scope."""
    return select(ReportSchedule).where(
        ReportSchedule.deleted_at.is_(None),
        visible(access, ReportSchedule.owner_id, ReportSchedule.team_id),
    )


async def get_schedule(session: AsyncSession, access: Access, schedule_id: UUID) -> ReportSchedule:
    """Return a schedule within a scope, or say that there is none."""
    found = await session.scalar(schedules_within(access).where(ReportSchedule.id == schedule_id))
    if found is None:
        raise ScheduleNotFoundError(schedule_id)
    return found


async def due_schedules(
    session: AsyncSession, now: datetime, most: int
) -> Sequence[ReportSchedule]:
    """Return the schedules whose time has come; another worker's are left to it."""
    found = await session.scalars(
        select(ReportSchedule)
        .where(ReportSchedule.deleted_at.is_(None), ReportSchedule.next_at <= now)
        .order_by(ReportSchedule.next_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return found.all()


async def colleagues(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Actor]:
    """Return who of these works here now, as he may read."""
    rows = await session.execute(
        select(KNOWN_USERS.c.id, KNOWN_USERS.c.role, KNOWN_USERS.c.team_ids).where(
            KNOWN_USERS.c.id.in_(ids), KNOWN_USERS.c.is_active
        )
    )
    return {row.id: Actor(row.id, Role(row.role), frozenset(row.team_ids)) for row in rows}


def is_within(access: Access, colleague: Actor) -> bool:
    """Tell whether somebody may have reports sent to a colleague."""
    if access.scope is Scope.ALL or colleague.id == access.actor.id:
        return True
    return access.scope is Scope.TEAM and bool(colleague.team_ids & access.actor.team_ids)


async def get_delivery(
    session: AsyncSession, delivery_id: UUID
) -> tuple[ReportDelivery, ReportSchedule]:
    """Return what was sent, by the proven id of its link."""
    row = (
        await session.execute(
            select(ReportDelivery, ReportSchedule)
            .join(ReportSchedule, ReportSchedule.id == ReportDelivery.schedule_id)
            .where(
                ReportDelivery.id == delivery_id,
                ReportSchedule.deleted_at.is_(None),
                ReportDelivery.recipient_id == any_(ReportSchedule.recipient_ids),
            )
        )
    ).one_or_none()
    if row is None:
        raise LinkError
    return row[0], row[1]
