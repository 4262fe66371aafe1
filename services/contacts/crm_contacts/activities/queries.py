"""Every SELECT of the activities feature."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.errors import ActivityNotFoundError
from crm_contacts.activities.models import Activity, ActivityStatus
from crm_shared.actor import Access
from crm_shared.db.scope import visible


def visible_activities(access: Access) -> Select[Activity]:
    """Return the activities somebody may see."""
    return select(Activity).where(
        visible(access, Activity.assignee_id, Activity.team_id), Activity.deleted_at.is_(None)
    )


async def get_activity(session: AsyncSession, access: Access, activity_id: UUID) -> Activity:
    found = visible_activities(access).where(Activity.id == activity_id)
    activity = (await session.scalars(found)).one_or_none()
    if activity is None:
        raise ActivityNotFoundError(activity_id)
    return activity


async def find_by_external(session: AsyncSession, system: str, external_id: str) -> Activity | None:
    found = select(Activity).where(
        Activity.source_system == system, Activity.external_id == external_id
    )
    return (await session.scalars(found)).one_or_none()


async def goes_on(session: AsyncSession, series_id: UUID, occurrence: int) -> bool:
    """Tell whether a series has this occurrence already."""
    found = select(Activity.id).where(
        Activity.series_id == series_id, Activity.occurrence == occurrence
    )
    return (await session.scalar(found)) is not None


async def claim_breached(session: AsyncSession, *, before: datetime, limit: int) -> list[Activity]:
    """Hold promises whose agreed time has passed untold; another replica's are passed over."""
    found = (
        select(Activity)
        .where(
            Activity.is_promise,
            Activity.status == ActivityStatus.PLANNED,
            Activity.agreed_at < before,
            or_(Activity.breached_at.is_(None), Activity.breached_at != Activity.agreed_at),
            Activity.deleted_at.is_(None),
        )
        .order_by(Activity.agreed_at)
        .limit(limit)
    )
    # whose time is being changed at this moment is looked at in the next turn, as it is then
    return list(await session.scalars(found.with_for_update(skip_locked=True)))
