"""Every SELECT of the hand-overs feature."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.hand_overs.errors import HandOverNotFoundError
from crm_contacts.hand_overs.models import RUNNING, HandOver
from crm_contacts.timeline.models import TimelineDeal
from crm_contacts.users.models import User


async def get_hand_over(session: AsyncSession, hand_over_id: UUID) -> HandOver:
    hand_over = await session.get(HandOver, hand_over_id)
    if hand_over is None:
        raise HandOverNotFoundError(hand_over_id)
    return hand_over


async def find_running(session: AsyncSession, user_id: UUID) -> HandOver | None:
    found = select(HandOver).where(HandOver.user_id == user_id, HandOver.status == RUNNING)
    return (await session.scalars(found)).one_or_none()


async def claim_running(session: AsyncSession, *, but: Sequence[UUID]) -> HandOver | None:
    """Hold the oldest unfinished hand-over but these that no other worker is at."""
    found = select(HandOver).where(HandOver.status == RUNNING, HandOver.id.not_in(but))
    # two workers share hand-overs, never one of them: each counts what it moved in the row
    oldest = found.order_by(HandOver.id).limit(1).with_for_update(skip_locked=True)
    return (await session.scalars(oldest)).one_or_none()


async def who_still_works(session: AsyncSession, user_ids: Sequence[UUID]) -> list[UUID]:
    """Return those of these users who work here, in the order given."""
    found = set(await session.scalars(select(User.id).where(User.id.in_(user_ids), User.is_active)))
    return [one for one in user_ids if one in found]


async def count_deals(session: AsyncSession, user_id: UUID) -> int:
    """Count the deals, closed ones too, that are somebody's by what was last heard of them."""
    found = select(func.count()).where(TimelineDeal.owner_id == user_id)
    return await session.scalar(found) or 0
