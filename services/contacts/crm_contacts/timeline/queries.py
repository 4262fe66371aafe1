"""Every SELECT of the timeline."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.timeline.errors import NoSuchDealError
from crm_contacts.timeline.models import TimelineDeal, TimelineEntry
from crm_contacts.users.models import User
from crm_shared.actor import Access
from crm_shared.db import aliases
from crm_shared.db.scope import visible

DEALS = "deals"


def visible_deals(access: Access) -> Select[TimelineDeal]:
    """Return the deals somebody may see, as far as they are known here."""
    return select(TimelineDeal).where(visible(access, TimelineDeal.owner_id, TimelineDeal.team_id))


async def must_see_deal(session: AsyncSession, access: Access, deal_id: UUID) -> None:
    """Refuse a deal outside the scope as if it were not there."""
    found = visible_deals(access).where(TimelineDeal.id == deal_id)
    if (await session.scalars(found)).one_or_none() is None:
        raise NoSuchDealError(deal_id)


def entries_of_deal(deal_id: UUID) -> Select[TimelineEntry]:
    """Return the timeline of a deal: its history goes with it to its next owner."""
    return select(TimelineEntry).where(TimelineEntry.anchor_id == deal_id)


async def entries_of_client(
    session: AsyncSession, access: Access, client_id: UUID
) -> Select[TimelineEntry]:
    """Return a client's timeline: all activities and messages, of deals what one may see.

    What happened with records that were merged into it belongs to it, too.
    """
    one_with_it = (await aliases.groups(session, {client_id}))[client_id]
    # one id goes through the index in the order of the list
    mine = (
        TimelineEntry.anchor_id.in_(one_with_it)
        if len(one_with_it) > 1
        else TimelineEntry.anchor_id == client_id
    )
    return select(TimelineEntry).where(
        mine,
        or_(
            # what colleagues said to a client is no secret among those who look after him; their
            # deals are
            TimelineEntry.source != DEALS,
            visible(access, TimelineEntry.owner_id, TimelineEntry.team_id),
        ),
    )


async def names_of(session: AsyncSession, user_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Return the names of users."""
    found = select(User.id, User.name).where(User.id.in_(set(user_ids)))
    return {row.id: row.name for row in await session.execute(found)}


async def words_of(
    session: AsyncSession, model: Any, column: Any, ids: Collection[UUID]
) -> Mapping[UUID, str]:
    """Return what our own records are called now; those put away say nothing."""
    found = select(model.id, column).where(model.id.in_(set(ids)), model.deleted_at.is_(None))
    return {row[0]: row[1] for row in await session.execute(found)}
