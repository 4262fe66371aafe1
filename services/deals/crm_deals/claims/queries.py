"""Every SELECT of the claims feature; each lies within the caller's scope."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.claims.errors import ClaimNotFoundError
from crm_deals.claims.models import Claim
from crm_deals.deals import queries as deals
from crm_shared.actor import Access


def visible_claims(access: Access) -> Select[Claim]:
    """Select the claims that the caller may see."""
    return select(Claim).where(Claim.deleted_at.is_(None), deals.of_visible_deals(access, Claim))


async def get_claim(session: AsyncSession, access: Access, claim_id: UUID) -> Claim:
    """Return one claim."""
    claim = await session.scalar(visible_claims(access).where(Claim.id == claim_id))
    if claim is None:
        raise ClaimNotFoundError(claim_id)
    return claim


async def find_claim_by_external_id(
    session: AsyncSession, system: str, external_id: str
) -> Claim | None:
    """Return the claim that another system knows under this id, be it deleted."""
    return await session.scalar(
        select(Claim).where(Claim.source_system == system, Claim.external_id == external_id)
    )


async def list_for_deal(session: AsyncSession, deal_id: UUID) -> Sequence[Claim]:
    """Return the claims of a deal, the newest first."""
    of_deal = select(Claim).where(Claim.deal_id == deal_id, Claim.deleted_at.is_(None))
    return (await session.scalars(of_deal.order_by(Claim.created_at.desc()).limit(100))).all()
