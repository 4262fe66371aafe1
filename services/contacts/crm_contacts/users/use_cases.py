"""What can be done to a user."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.addresses.rules import normal_email
from crm_contacts.audit.statements import note
from crm_contacts.events import UserCreated, UserFacts, UserUpdated
from crm_contacts.passwords.rules import hash_password
from crm_contacts.teams.queries import known_teams
from crm_contacts.users import queries
from crm_contacts.users.errors import (
    InvalidEmailError,
    LastAdminError,
    UnknownTeamError,
    UserExistsError,
)
from crm_contacts.users.models import User
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.actor import Access, Role, Scope
from crm_shared.clock import utc_now
from crm_shared.db.engine import SETTINGS
from crm_shared.events.outbox import Changes
from crm_shared.ids import new_id

RIGHTS = frozenset({"role", "is_active", "team_ids"})


async def create_user(
    session: AsyncSession, values: Mapping[str, Any], *, at: datetime | None = None
) -> User:
    """Give somebody an account and announce it; without a password he cannot sign in yet."""
    settings = session.info.get(SETTINGS)
    spoken = {"language": settings.language_list[0]} if settings else {}
    user = new_user({**spoken, **await _checked(session, values)}, at=at)
    session.add(user)
    try:
        await announce(session, user, created(user), at=at)
        await note(session, "user-created", subject=("user", user.id), details=_rights(user))
    except IntegrityError as taken:
        raise UserExistsError from taken
    return user


def new_user(values: Mapping[str, Any], *, at: datetime | None = None) -> User:
    """Make the row; an import announces many of them at once."""
    fresh: dict[str, Any] = {"team_ids": [], "absences": [], "ratings": {}}
    given = {**fresh, "is_active": True, "language": "en", **values}
    return User(**{"id": new_id(), "created_at": at or utc_now(), **given})


def created(user: User) -> UserCreated:
    """Say that somebody was given an account."""
    return UserCreated(user=UserFacts.model_validate(user), changed=[], previous={})


def updated(user: User, changes: Changes) -> UserUpdated:
    """Say what changed about a user."""
    facts = UserFacts.model_validate(user)
    return UserUpdated(user=facts, changed=changes.changed, previous=changes.previous)


async def update_user(session: AsyncSession, user: User, values: Mapping[str, Any]) -> User:
    """Change a user and announce it; switching one off ends his tokens everywhere."""
    checked = await _checked(session, values)
    await _keep_an_admin(session, user, checked)
    if user.is_active and checked.get("is_active") is False:
        # tokens live for ten minutes: switched off means out now, in every service
        user.tokens_valid_from = utc_now()
    for name, value in checked.items():
        setattr(user, name, value)
    if changes := changes_told(user, UserFacts):
        try:
            await announce(session, user, updated(user, changes))
            # who may do what is what an auditor asks for; a new name is not
            if RIGHTS.intersection(changes.changed):
                told = {"changed": sorted(RIGHTS.intersection(changes.changed)), **_rights(user)}
                await note(session, "rights-changed", subject=("user", user.id), details=told)
        except IntegrityError as taken:
            raise UserExistsError from taken
    return user


async def upsert_user(
    session: AsyncSession, system: str, external_id: str, values: Mapping[str, Any]
) -> tuple[User, bool]:
    """Create or change the user that another system knows by this id; tell whether he is new."""
    user = await queries.find_by_external(session, system, external_id)
    if user is not None:
        return await update_user(session, user, values), False
    named = {**values, "source_system": system, "external_id": external_id}
    return await create_user(session, named), True


async def change_password(session: AsyncSession, user: User, password: str) -> None:
    """Set another password; tokens from before are refused everywhere."""
    user.change_password(await hash_password(password), at=utc_now())
    await announce(session, user, updated(user, changes_told(user, UserFacts)))
    await note(session, "password-changed", subject=("user", user.id))


def _rights(user: User) -> dict[str, Any]:
    return {
        "role": str(user.role),
        "is_active": user.is_active,
        "team_ids": [str(team_id) for team_id in user.team_ids],
    }


async def _checked(session: AsyncSession, values: Mapping[str, Any]) -> dict[str, Any]:
    checked = dict(values)
    if checked.get("email") is not None:
        checked["email"] = normal_email(checked["email"])
        if checked["email"] is None:
            raise InvalidEmailError
    if team_ids := checked.get("team_ids"):
        known = await known_teams(session, team_ids)
        for place, team_id in enumerate(team_ids):
            if team_id not in known:
                raise UnknownTeamError(place)
    if password := checked.pop("password", None):
        # away from the event loop: argon2 takes as long as twenty requests
        checked["password_hash"] = await hash_password(password)
    return checked


async def _keep_an_admin(session: AsyncSession, user: User, values: Mapping[str, Any]) -> None:
    is_admin = user.role == Role.ADMIN and user.is_active
    stays = values.get("role", user.role) == Role.ADMIN and values.get("is_active", True)
    # nobody could give rights any more: the installation would be lost to its owners
    if is_admin and not stays and await queries.count_active_admins(session) == 1:
        raise LastAdminError


async def with_owner(
    session: AsyncSession, access: Access, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Complete owner and team: who works for himself owns what he makes, in his first team."""
    given = dict(values)
    if access.scope is not Scope.ALL:
        # a null that was sent stands, and is refused: he would not see what he made
        given.setdefault("owner_id", access.actor.id)
    owner_id = given.get("owner_id")
    if owner_id is None or "team_id" in given:
        return given
    teams = access.actor.team_ids
    # told by the token: the commonest case costs no query
    if owner_id == access.actor.id and len(teams) <= 1:
        given["team_id"] = next(iter(teams), None)
    else:
        given["team_id"] = await queries.first_team(session, owner_id)
    return given
