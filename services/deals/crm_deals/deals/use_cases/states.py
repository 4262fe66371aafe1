"""Announcing what a deal has come to be by the mere passing of time, once per state."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries
from crm_deals.deals.models import Deal
from crm_deals.deals.use_cases import announcements
from crm_deals.events import DealOverdue, DealRotting
from crm_shared.clock import utc_now
from crm_shared.events import outbox

AT_ONCE = 200


async def note_rotting(session: AsyncSession, *, limit: int = AT_ONCE) -> int:
    """Announce deals that stand in their stage for too long; a move lets them rot anew."""
    deals = await queries.take_rotting(session, utc_now(), limit=limit)
    for deal in deals:
        deal.rotting_at = utc_now()
    await _announce(session, deals, DealRotting)
    return len(deals)


async def note_overdue(session: AsyncSession, *, limit: int = AT_ONCE) -> int:
    """Announce deals that are open after their day; another day makes them punctual again."""
    deals = await queries.take_overdue(session, limit=limit)
    for deal in deals:
        deal.overdue_at = utc_now()
    await _announce(session, deals, DealOverdue)
    return len(deals)


async def _announce(
    session: AsyncSession, deals: Sequence[Deal], kind: type[DealRotting] | type[DealOverdue]
) -> None:
    said = []
    for deal in deals:
        at = max(utc_now(), deal.occurred_at)
        changed, previous = announcements.changes_of(deal)
        deal.occurred_at = at
        event = kind(deal=announcements.facts_of(deal), changed=changed, previous=previous)
        said.append((deal, event, at))
    await outbox.record_many(session, said)
