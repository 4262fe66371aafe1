"""Announcing what a deal has come to be by the mere passing of time, once per state."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries
from crm_deals.deals.models import Deal
from crm_deals.deals.statements import FORGET_THOSE_WITH_A_STEP
from crm_deals.deals.use_cases import announcements
from crm_deals.events import DealOverdue, DealRotting, DealWithoutStep
from crm_deals.work.statements import mark_unplanned
from crm_shared.clock import utc_now
from crm_shared.events import outbox

# one transaction: its locks are held for some tenths of a second, and the job goes again at once
AT_ONCE = 200
# who moves a deal plans what comes next in the same hours
GRACE = timedelta(days=1)


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


async def note_without_step(session: AsyncSession, *, limit: int = AT_ONCE) -> int:
    """Announce open deals for which nothing is planned, a day after they came to their stage.

    Once something is planned, or the deal is closed, it may be announced anew.
    """
    await session.execute(FORGET_THOSE_WITH_A_STEP)
    deals = await queries.take_without_step(session, utc_now() - GRACE, limit=limit)
    if not deals:
        return 0
    # another replica may have noted one between this look and its lock, in another table
    noted = await mark_unplanned(session, [deal.id for deal in deals])
    await _announce(session, [deal for deal in deals if deal.id in noted], DealWithoutStep)
    return len(deals)


async def _announce(
    session: AsyncSession,
    deals: Sequence[Deal],
    kind: type[DealRotting] | type[DealOverdue] | type[DealWithoutStep],
) -> None:
    said = []
    for deal in deals:
        # an integration may have dated the last change ahead of our clock by a little
        at = max(utc_now(), deal.occurred_at)
        changed, previous = announcements.changes_of(deal)
        deal.occurred_at = at
        event = kind(deal=announcements.facts_of(deal), changed=changed, previous=previous)
        said.append((deal, event, at))
    await outbox.record_many(session, said)
