"""Putting deals in their place within a column of the board."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries
from crm_deals.deals.errors import DealNotFoundError, UnknownNeighbourError
from crm_deals.deals.models import Deal
from crm_deals.deals.rules import rank_between, ranks_between
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
    # without a lock: only equals that must make room are held, and most drags have none
    deal = await queries.get_deal(session, access, deal_id)
    if expected not in (None, deal.revision):
        raise ChangedMeanwhileError
    above = None if after_id is None else await _neighbour(session, access, deal, after_id)
    # of all cards, also those that the caller does not see: two filtered boards keep one order
    below = await queries.next_below(session, deal, above)
    place = (deal.rank, deal.id)
    is_there = (above is None or place < (above.rank, above.id)) and (
        below is None or below < place
    )
    if is_there:
        return deal
    below_rank = None if below is None else below[0]
    if above is not None and above.rank == below_rank:
        await _part(session, access, deal, above)
    deal.rank = rank_between(None if above is None else above.rank, below_rank)
    await _say(session, access, deal)
    return deal


async def _part(session: AsyncSession, access: Access, deal: Deal, above: Deal) -> None:
    """Raise the card above and its equals over those of the same rank: nothing fits between."""
    equals = await queries.hold_equals(session, deal, above)
    ceiling = await queries.rank_over(session, deal, above.rank)
    ranks = ranks_between(ceiling, above.rank, len(equals))
    for card, rank in zip(equals, ranks, strict=True):
        card.rank = rank
        await _say(session, access, card)


async def _say(session: AsyncSession, access: Access, deal: Deal) -> None:
    event = announcements.updated(deal)
    if event is not None:
        at = preparing.moment_of(access, None, after=deal.occurred_at)
        deal.occurred_at = at
        await outbox.record(session, deal, event, at=at)


async def _neighbour(session: AsyncSession, access: Access, deal: Deal, after_id: UUID) -> Deal:
    try:
        neighbour = await queries.get_deal(session, access, after_id)
    except DealNotFoundError as missing:
        raise UnknownNeighbourError from missing
    # a neighbour that was moved meanwhile: the caller looks at a board that is old
    if neighbour.id == deal.id or neighbour.stage_id != deal.stage_id:
        raise UnknownNeighbourError
    return neighbour
