"""What can be done to a team."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import TeamCreated, TeamDeleted, TeamFacts, TeamUpdated
from crm_contacts.teams import queries
from crm_contacts.teams.errors import (
    TeamCircleError,
    TeamExistsError,
    TeamInUseError,
    UnknownHeadError,
    UnknownParentError,
)
from crm_contacts.teams.models import Team
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.clock import utc_now
from crm_shared.events.outbox import Changes
from crm_shared.ids import new_id


async def create_team(
    session: AsyncSession, values: Mapping[str, Any], *, at: datetime | None = None
) -> Team:
    """Form a team and announce it."""
    await _check(session, None, values)
    team = new_team(values, at=at)
    session.add(team)
    # the unique index decides: a look beforehand would let two at once pass
    try:
        await announce(session, team, created(team), at=at)
    except IntegrityError as taken:
        raise TeamExistsError from taken
    return team


def new_team(values: Mapping[str, Any], *, at: datetime | None = None) -> Team:
    """Make the row; an import announces many of them at once."""
    return Team(**{"id": new_id(), "created_at": at or utc_now(), **values})


def created(team: Team) -> TeamCreated:
    """Say that a team was formed."""
    return TeamCreated(team=TeamFacts.model_validate(team), changed=[], previous={})


def updated(team: Team, changes: Changes) -> TeamUpdated:
    """Say what changed about a team."""
    facts = TeamFacts.model_validate(team)
    return TeamUpdated(team=facts, changed=changes.changed, previous=changes.previous)


async def update_team(session: AsyncSession, team: Team, values: Mapping[str, Any]) -> Team:
    """Change a team and announce it; a change that changes nothing says nothing."""
    await _check(session, team.id, values)
    for name, value in values.items():
        setattr(team, name, value)
    if changes := changes_told(team, TeamFacts):
        await announce(session, team, updated(team, changes))
    return team


async def upsert_team(
    session: AsyncSession, system: str, external_id: str, values: Mapping[str, Any]
) -> tuple[Team, bool]:
    """Create or change the team that another system knows by this id; tell whether it is new."""
    team = await queries.find_by_external(session, system, external_id)
    if team is not None:
        return await update_team(session, team, {**values, "deleted_at": None}), False
    named = {**values, "source_system": system, "external_id": external_id}
    return await create_team(session, named), True


async def delete_team(session: AsyncSession, team: Team) -> None:
    """Dissolve a team that nobody and nothing belongs to any more."""
    # people of a team that is gone would see nothing, and nobody would see theirs
    if dependents := await queries.count_dependents(session, team.id):
        raise TeamInUseError(dependents)
    team.deleted_at = utc_now()
    facts = TeamFacts.model_validate(team)
    await announce(session, team, TeamDeleted(team=facts, changed=["deleted_at"], previous={}))


async def _check(session: AsyncSession, team_id: UUID | None, values: Mapping[str, Any]) -> None:
    head_id, parent_id = values.get("head_id"), values.get("parent_id")
    if head_id is not None and not await queries.is_user(session, head_id):
        raise UnknownHeadError
    if parent_id is None:
        return
    above = await queries.parents(session, parent_id)
    if not above:
        raise UnknownParentError
    # scopes walk up and down the tree: a ring would have no end
    if team_id in above:
        raise TeamCircleError
