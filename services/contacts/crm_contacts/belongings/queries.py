"""Every SELECT about what people own."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.belongings.rules import MODELS, Owned, owner_column, still_open
from crm_contacts.users.models import User
from crm_shared.actor import Access
from crm_shared.db.scope import visible


def _owned_by(model: type[Owned], user_id: UUID, *, closed: bool) -> ColumnElement[bool]:
    ours = and_(owner_column(model) == user_id, model.deleted_at.is_(None))
    return ours if closed else and_(ours, still_open(model))


async def count_owned(
    session: AsyncSession, user_id: UUID, nouns: Collection[str], *, closed: bool
) -> dict[str, int]:
    """Count what somebody owns of each noun; only open work unless `closed`."""
    counts = {}
    for noun in nouns:
        model = MODELS[noun]
        owned = _owned_by(model, user_id, closed=closed)
        counts[noun] = await session.scalar(select(func.count()).where(owned)) or 0
    return counts


async def hold_owned(
    session: AsyncSession, user_id: UUID, noun: str, *, closed: bool, limit: int
) -> Sequence[Owned]:
    """Hold some of what somebody owns, so that nobody changes it meanwhile."""
    model = MODELS[noun]
    found = select(model).where(_owned_by(model, user_id, closed=closed)).order_by(model.id)
    # waited for, not passed over: a record left behind would stay with somebody who is gone
    return (await session.scalars(found.limit(limit).with_for_update())).all()


async def find_and_hold(
    session: AsyncSession, access: Access, noun: str, row_id: UUID
) -> Owned | None:
    """Hold a record within the scope."""
    model = MODELS[noun]
    found = select(model).where(
        model.id == row_id,
        model.deleted_at.is_(None),
        visible(access, owner_column(model), model.team_id),
    )
    # the row may be known to this session as it was before somebody else's commit
    held = found.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(held)).one_or_none()


async def first_teams(session: AsyncSession, people: Collection[UUID]) -> dict[UUID, UUID | None]:
    """Return the first team of each of these people; None for somebody who is in none."""
    rows = await session.execute(select(User.id, User.team_ids).where(User.id.in_(people)))
    return {user_id: next(iter(teams), None) for user_id, teams in rows}


async def open_work(
    session: AsyncSession, people: Collection[UUID], nouns: Collection[str]
) -> dict[UUID, int]:
    """Count the open records of these nouns that each of these people has."""
    loads: dict[UUID, int] = {}
    for noun in nouns:
        model = MODELS[noun]
        owner = owner_column(model)
        counted = (
            select(owner, func.count())
            .where(owner.in_(people), model.deleted_at.is_(None), still_open(model))
            .group_by(owner)
        )
        for user_id, count in await session.execute(counted):
            loads[user_id] = loads.get(user_id, 0) + count
    return loads
