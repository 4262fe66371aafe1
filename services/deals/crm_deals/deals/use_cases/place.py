"""Putting deals in their place within a column of the board."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries
from crm_deals.deals.errors import DealNotFoundError, UnknownNeighbourError
from crm_deals.deals.models import Deal
from crm_deals.deals.rules import rank_between
from crm_deals.deals.use_cases import announcements, preparing
from crm_shared.actor import Access
from crm_shared.events import outbox
from crm_shared.events.outbox import ChangedMeanwhileError


async def place_deal(
    session: AsyncSession,
    access: Access,
    deal_id: UUID,
    after_id: UUID | None,
    *,
    expected: int | None,
) -> Deal:
    """Put a deal right below another one of its column, or on top; where it is, nothing is said."""
    deal = await queries.get_deal(session, access, deal_id)
    if expected not in (None, deal.revision):
        raise ChangedMeanwhileError
    above = None
    if after_id is not None:
        above = (await _neighbour(session, access, deal, after_id)).rank
    # of all cards, also those that the caller does not see: two filtered boards keep one order
    below = await queries.next_rank(session, deal, below=above)
    is_there = (above is None or deal.rank < above) and (below is None or below < deal.rank)
    if is_there:
        return deal
    deal.rank = rank_between(above, below)
    event = announcements.updated(deal)
    if event is not None:
        at = preparing.moment_of(access, None, after=deal.occurred_at)
        deal.occurred_at = at
        await outbox.record(session, deal, event, at=at)
    return deal


async def _neighbour(session: AsyncSession, access: Access, deal: Deal, after_id: UUID) -> Deal:
    try:
        neighbour = await queries.get_deal(session, access, after_id)
    except DealNotFoundError as missing:
        raise UnknownNeighbourError from missing
    # a neighbour that was moved meanwhile: the caller looks at a board that is old
    if neighbour.id == deal.id or neighbour.stage_id != deal.stage_id:
        raise UnknownNeighbourError
    return neighbour
