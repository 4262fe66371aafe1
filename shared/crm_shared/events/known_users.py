"""Who works here: a copy of users, teams and API keys in every service, brought by events."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ARRAY, Table, Uuid, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.actor import Role
from crm_shared.db.infrastructure import KNOWN_API_KEYS, KNOWN_TEAMS, KNOWN_USERS
from crm_shared.events.envelope import Envelope, ForeignEvent
from crm_shared.events.refs import RefItem
from crm_shared.events.subscription import Subscription


class _User(BaseModel):
    role: str
    team_ids: list[UUID]
    is_active: bool
    tokens_valid_from: datetime | None = None
    # days away, first and last included; what was said before they were told has none
    absences: list[dict[str, str]] = []


class _Team(BaseModel):
    head_id: UUID | None = None
    parent_id: UUID | None = None


class _ApiKey(BaseModel):
    key_hash: str
    role: str
    team_ids: list[UUID]
    scopes: list[str]
    rate_limit: int
    maker_id: UUID
    is_active: bool
    expires_at: datetime | None = None


class UserEvent(ForeignEvent):
    """Any event about a user."""

    user: _User


class TeamEvent(ForeignEvent):
    """Any event about a team."""

    team: _Team


class ApiKeyEvent(ForeignEvent):
    """Any event about an API key."""

    api_key: _ApiKey


def subscriptions(service: str) -> list[Subscription[Any]]:
    """Return the durables by which a service knows users, teams and API keys."""
    return [
        Subscription(
            durable=f"{service}-known-users",
            pattern="crm.contacts.user.>",
            reads=UserEvent,
            handler=keep_users,
        ),
        Subscription(
            durable=f"{service}-known-teams",
            pattern="crm.contacts.team.>",
            reads=TeamEvent,
            handler=keep_teams,
        ),
        Subscription(
            durable=f"{service}-known-api-keys",
            pattern="crm.contacts.api_key.>",
            reads=ApiKeyEvent,
            handler=keep_api_keys,
        ),
    ]


async def keep_users(session: AsyncSession, batch: Sequence[Envelope[UserEvent]]) -> None:
    """Bring known users to the newest revision seen."""
    rows = [
        {
            "id": envelope.subject,
            **envelope.data.user.model_dump(),
            "is_active": envelope.data.user.is_active and not _is_gone(envelope),
            "revision": envelope.revision,
            "changed_at": func.clock_timestamp(),
        }
        for envelope in _newest(batch)
    ]
    await _keep(session, KNOWN_USERS, rows)


async def keep_teams(session: AsyncSession, batch: Sequence[Envelope[TeamEvent]]) -> None:
    """Bring known teams to the newest revision seen."""
    rows = [
        {
            "id": envelope.subject,
            **envelope.data.team.model_dump(),
            "is_active": not _is_gone(envelope),
            "revision": envelope.revision,
        }
        for envelope in _newest(batch)
    ]
    await _keep(session, KNOWN_TEAMS, rows)


async def keep_api_keys(session: AsyncSession, batch: Sequence[Envelope[ApiKeyEvent]]) -> None:
    """Bring known API keys to the newest revision seen."""
    rows = [
        {
            "id": envelope.subject,
            **envelope.data.api_key.model_dump(),
            "revision": envelope.revision,
            "changed_at": func.clock_timestamp(),
        }
        for envelope in _newest(batch)
    ]
    await _keep(session, KNOWN_API_KEYS, rows)


async def api_key_uses(session: AsyncSession, ids: Sequence[UUID]) -> list[RefItem]:
    """Tell when keys were last used with this service, for whoever keeps them."""
    query = select(KNOWN_API_KEYS).where(
        KNOWN_API_KEYS.c.id.in_(ids), KNOWN_API_KEYS.c.last_used_at.is_not(None)
    )
    return [
        RefItem(
            id=row.id, revision=row.revision, data={"last_used_at": row.last_used_at.isoformat()}
        )
        for row in await session.execute(query)
    ]


async def roles(session: AsyncSession, user_ids: Iterable[UUID]) -> dict[UUID, Role]:
    """Return the roles of those who are known."""
    query = select(KNOWN_USERS.c.id, KNOWN_USERS.c.role).where(KNOWN_USERS.c.id.in_(user_ids))
    return {row.id: Role(row.role) for row in await session.execute(query)}


async def team_heads(session: AsyncSession, team_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return the head of each team that has one."""
    query = select(KNOWN_TEAMS.c.id, KNOWN_TEAMS.c.head_id).where(
        KNOWN_TEAMS.c.id.in_(set(team_ids)), KNOWN_TEAMS.c.head_id.is_not(None)
    )
    return {row.id: row.head_id for row in await session.execute(query)}


# built once: every deal that is created asks for its owner's team
_FIRST_TEAMS = select(KNOWN_USERS.c.id, KNOWN_USERS.c.team_ids[1].label("team_id")).where(
    KNOWN_USERS.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))),
    func.cardinality(KNOWN_USERS.c.team_ids) > 0,
)


async def first_teams(session: AsyncSession, user_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return the first team of each known user who is in one."""
    found = await session.execute(_FIRST_TEAMS, {"ids": list(set(user_ids))})
    return {row.id: row.team_id for row in found}


def _newest(batch: Sequence[Envelope[Any]]) -> list[Envelope[Any]]:
    newest: dict[UUID, Envelope[Any]] = {}
    for envelope in sorted(batch, key=lambda one: one.revision):
        newest[envelope.subject] = envelope
    return [newest[subject] for subject in sorted(newest)]


def _is_gone(envelope: Envelope[Any]) -> bool:
    return envelope.type.split(".")[3] in ("deleted", "erased")


async def _keep(session: AsyncSession, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    statement = insert(table).values(rows)
    newer = {name: statement.excluded[name] for name in rows[0]}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["id"],
            set_=newer,
            where=table.c.revision < statement.excluded.revision,
        )
    )
