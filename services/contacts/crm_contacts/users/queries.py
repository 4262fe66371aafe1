"""Every SELECT of the users feature."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.users.errors import UserNotFoundError
from crm_contacts.users.models import User
from crm_shared.actor import Role


def all_users() -> Select[User]:
    return select(User)


async def get_user(session: AsyncSession, user_id: UUID) -> User:
    user = await session.get(User, user_id)
    if user is None:
        raise UserNotFoundError(user_id)
    return user


async def find_user_by_email(session: AsyncSession, email: str) -> User | None:
    return (await session.scalars(select(User).where(User.email == email))).one_or_none()


async def find_by_external(session: AsyncSession, system: str, external_id: str) -> User | None:
    found = select(User).where(User.source_system == system, User.external_id == external_id)
    return (await session.scalars(found)).one_or_none()


async def is_empty(session: AsyncSession) -> bool:
    """Tell whether nobody has an account yet."""
    return (await session.scalar(select(User.id).limit(1))) is None


async def count_active_admins(session: AsyncSession) -> int:
    """Count the active admins and hold them, so that two cannot switch each other off at once."""
    found = select(User.id).where(User.role == Role.ADMIN, User.is_active).with_for_update()
    return len((await session.scalars(found)).all())


async def first_team(session: AsyncSession, user_id: UUID) -> UUID | None:
    """Return the team that a user's records belong to when nobody says otherwise."""
    team_ids = await session.scalar(select(User.team_ids).where(User.id == user_id))
    return team_ids[0] if team_ids else None
