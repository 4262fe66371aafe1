"""Every SELECT of the quotes feature; whoever sees the deal sees its quotes."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals.queries import today_of
from crm_deals.quotes.errors import QuoteNotFoundError
from crm_deals.quotes.models import Quote


async def list_quotes(session: AsyncSession, deal_id: UUID) -> Sequence[Quote]:
    """Return the quotes of a deal, the newest version first."""
    of_deal = select(Quote).where(Quote.deal_id == deal_id, Quote.deleted_at.is_(None))
    return (await session.scalars(of_deal.order_by(Quote.version.desc()).limit(100))).all()


async def get_quote(
    session: AsyncSession, deal_id: UUID, quote_id: UUID, *, lock: bool = False
) -> Quote:
    """Return one quote of a deal; with `lock`, nobody else changes it until the commit."""
    wanted = select(Quote).where(
        Quote.id == quote_id, Quote.deal_id == deal_id, Quote.deleted_at.is_(None)
    )
    if lock:
        wanted = wanted.with_for_update()
    quote = await session.scalar(wanted)
    if quote is None:
        raise QuoteNotFoundError(quote_id)
    return quote


async def last_version(session: AsyncSession, deal_id: UUID) -> tuple[int, str | None]:
    """Return the highest version of a deal's quotes, thrown away ones too, and their number."""
    of_deal = select(func.max(Quote.version), func.max(Quote.number)).where(
        Quote.deal_id == deal_id
    )
    version, number = (await session.execute(of_deal)).one()
    return version or 0, number


async def take_expired(session: AsyncSession, *, limit: int) -> Sequence[Quote]:
    """Lock quotes whose last day is over; those that another worker holds are left out."""
    taken = (
        select(Quote)
        .where(
            Quote.status == "sent",
            Quote.valid_until < today_of(session),
            Quote.deleted_at.is_(None),
        )
        .order_by(Quote.id)
        .limit(limit)
    )
    # one that the customer accepts at this moment has not expired
    return (await session.scalars(taken.with_for_update(skip_locked=True))).all()
