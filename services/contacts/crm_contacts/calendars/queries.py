"""Every SELECT of calendars."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.models import Activity
from crm_contacts.calendars.models import CalendarLink
from crm_contacts.tasks.models import Task
from crm_contacts.users.models import User

# calendar programs read the whole feed every quarter of an hour
MOST = 2000


async def live_links(session: AsyncSession, user_id: UUID) -> Sequence[CalendarLink]:
    """Return the links of a user that still open his calendar."""
    found = select(CalendarLink).where(
        CalendarLink.user_id == user_id, CalendarLink.revoked_at.is_(None)
    )
    return (await session.scalars(found.order_by(CalendarLink.id))).all()


async def is_user(session: AsyncSession, user_id: UUID) -> bool:
    """Tell whether somebody is an active user."""
    found = select(User.id).where(User.id == user_id, User.is_active.is_(True))
    return await session.scalar(found) is not None


async def user_of(session: AsyncSession, link_id: UUID, now: datetime) -> User | None:
    """Return whose calendar a link opens, if it does and he is still active."""
    found = (
        select(User)
        .join(CalendarLink, User.id == CalendarLink.user_id)
        .where(
            CalendarLink.id == link_id,
            CalendarLink.revoked_at.is_(None),
            CalendarLink.expires_at > now,
            User.is_active.is_(True),
        )
    )
    user: User | None = await session.scalar(found)
    return user


async def tasks_of(session: AsyncSession, user_id: UUID, since: datetime) -> Sequence[Task]:
    """Return a user's tasks that have a time, the closed ones as long as calendars need news."""
    found = select(Task).where(
        Task.assignee_id == user_id, Task.due_at.is_not(None), Task.due_at >= since
    )
    return (await session.scalars(found.order_by(Task.due_at, Task.id).limit(MOST))).all()


async def activities_of(
    session: AsyncSession, user_id: UUID, since: datetime
) -> Sequence[Activity]:
    """Return a user's activities that have a time, also those called off."""
    found = select(Activity).where(
        Activity.assignee_id == user_id, Activity.due_at.is_not(None), Activity.due_at >= since
    )
    return (await session.scalars(found.order_by(Activity.due_at, Activity.id).limit(MOST))).all()
