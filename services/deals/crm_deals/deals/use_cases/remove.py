"""Putting deals away, and getting them back."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import catalogue, queries
from crm_deals.deals.errors import DealNotDeletedError
from crm_deals.deals.models import Deal
from crm_deals.deals.use_cases import announcements, preparing
from crm_deals.deals.use_cases.gates import Asked, pass_gates
from crm_deals.events import DealDeleted, DealRestored
from crm_shared.actor import Access
from crm_shared.events import outbox
from crm_shared.events.outbox import ChangedMeanwhileError


async def delete_deal(
    session: AsyncSession, access: Access, deal_id: UUID, *, expected: int | None
) -> None:
    """Put a deal away: it is found no more, but its history and events stay."""
    deal = await queries.get_deal(session, access, deal_id)
    if expected not in (None, deal.revision):
        raise ChangedMeanwhileError
    known = await catalogue.guarded(session, await catalogue.current(session))
    await pass_gates(session, known.guards, deal, Asked(("archive",)))
    at = preparing.moment_of(access, None, after=deal.occurred_at)
    deal.deleted_at = deal.occurred_at = at
    facts = announcements.facts_of(deal)
    await outbox.record(
        session, deal, DealDeleted(deal=facts, changed=["deleted_at"], previous={}), at=at
    )


async def restore_deal(session: AsyncSession, access: Access, deal_id: UUID) -> Deal:
    """Bring a deleted deal back as it was."""
    deal = await queries.get_deal(session, access, deal_id, deleted=True)
    if deal.deleted_at is None:
        raise DealNotDeletedError(deal_id)
    at = preparing.moment_of(access, None, after=deal.occurred_at)
    deal.deleted_at, deal.occurred_at = None, at
    facts = announcements.facts_of(deal)
    await outbox.record(
        session, deal, DealRestored(deal=facts, changed=["deleted_at"], previous={}), at=at
    )
    return deal
