"""Every SELECT of the teams feature."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, Uuid, column, exists, func, select, table
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.teams.errors import TeamNotFoundError
from crm_contacts.teams.models import Team

# users is a later feature; here its rows are only counted
USERS = table("users", column("id", Uuid), column("team_ids", ARRAY(Uuid)))


def all_teams() -> Select[Team]:
    return select(Team).where(Team.deleted_at.is_(None))


async def get_team(session: AsyncSession, team_id: UUID) -> Team:
    team = await session.get(Team, team_id)
    if team is None or team.deleted_at is not None:
        raise TeamNotFoundError(team_id)
    return team


async def find_by_external(session: AsyncSession, system: str, external_id: str) -> Team | None:
    found = select(Team).where(Team.source_system == system, Team.external_id == external_id)
    return (await session.scalars(found)).one_or_none()


async def known_teams(session: AsyncSession, team_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the ids that are teams."""
    if not team_ids:
        return set()
    found = select(Team.id).where(Team.id.in_(team_ids), Team.deleted_at.is_(None))
    return set(await session.scalars(found))


async def is_user(session: AsyncSession, user_id: UUID) -> bool:
    found = await session.scalar(select(exists().where(USERS.c.id == user_id)))
    return bool(found)


async def parents(session: AsyncSession, team_id: UUID) -> set[UUID]:
    """Return the team and every team above it."""
    chain = select(Team.id, Team.parent_id).where(Team.id == team_id).cte("chain", recursive=True)
    above = select(Team.id, Team.parent_id).join(chain, Team.id == chain.c.parent_id)
    return set(await session.scalars(select(chain.union(above).c.id)))


async def count_dependents(session: AsyncSession, team_id: UUID) -> int:
    """Return how many users and teams would lose their place with this team."""
    members = select(func.count()).where(USERS.c.team_ids.contains([team_id]))
    under = select(func.count()).where(Team.parent_id == team_id, Team.deleted_at.is_(None))
    return (await session.scalar(members) or 0) + (await session.scalar(under) or 0)
