"""Every SELECT of the payments feature; each lies within the caller's scope."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries as deals
from crm_deals.payments.errors import PaymentNotFoundError
from crm_deals.payments.models import Payment
from crm_shared.actor import Access


def visible_payments(access: Access) -> Select[Payment]:
    """Select the payments, refunds and expenses that the caller may see, void ones too."""
    return select(Payment).where(deals.of_visible_deals(access, Payment))


async def get_payment(
    session: AsyncSession, access: Access, payment_id: UUID, *, lock: bool = False
) -> Payment:
    """Return one payment; with `lock`, nobody else changes it until the commit."""
    wanted = visible_payments(access).where(Payment.id == payment_id)
    if lock:
        # what it settles is read from the row: it must be the row as it is behind the lock
        wanted = wanted.with_for_update(of=Payment).execution_options(populate_existing=True)
    payment = await session.scalar(wanted)
    if payment is None:
        raise PaymentNotFoundError(payment_id)
    return payment


async def find_payment_by_external_id(
    session: AsyncSession, system: str, external_id: str
) -> Payment | None:
    """Return the payment that another system knows under this id."""
    return await session.scalar(
        select(Payment).where(Payment.source_system == system, Payment.external_id == external_id)
    )


async def list_refunds(session: AsyncSession, payment_id: UUID) -> Sequence[Payment]:
    """Return the refunds of a payment that are not void, the oldest first."""
    refunds = select(Payment).where(Payment.refunds_id == payment_id, Payment.voided_at.is_(None))
    return (await session.scalars(refunds.order_by(Payment.created_at, Payment.id))).all()


async def list_for_deal(session: AsyncSession, deal_id: UUID) -> Sequence[Payment]:
    """Return what was paid, refunded and spent for a deal, the newest first."""
    of_deal = select(Payment).where(Payment.deal_id == deal_id)
    return (await session.scalars(of_deal.order_by(Payment.created_at.desc()).limit(100))).all()
