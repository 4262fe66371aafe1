"""Undoing what was booked by mistake."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries as deals
from crm_deals.events.payments import PaymentVoidReason
from crm_deals.invoices import queries as all_invoices
from crm_deals.invoices import use_cases as invoices
from crm_deals.invoices.use_cases import Settling
from crm_deals.payments import queries
from crm_deals.payments.errors import (
    PaymentHasRefundsError,
    PaymentVoidError,
    SettledMeanwhileError,
)
from crm_deals.payments.models import Payment
from crm_deals.payments.use_cases import announcements
from crm_shared.actor import SYSTEM_ACCESS, Access
from crm_shared.clock import utc_now
from crm_shared.events.outbox import ChangedMeanwhileError


async def void_payment(
    session: AsyncSession,
    access: Access,
    payment_id: UUID,
    reason: PaymentVoidReason,
    *,
    expected: int | None,
) -> Payment:
    """Let a payment, refund or expense never have happened; what it settled is owed again."""
    payment = await queries.get_payment(session, access, payment_id, lock=True)
    if expected not in (None, payment.revision):
        raise ChangedMeanwhileError
    if payment.voided_at is not None:
        raise PaymentVoidError
    if payment.refunded:
        raise PaymentHasRefundsError
    original = None
    if payment.refunds_id is not None:
        original = await queries.get_payment(session, access, payment.refunds_id, lock=True)
    await deals.follow_deal(session, payment)
    payment.void_reason, payment.voided_at = reason, utc_now()
    await announcements.announce_void(session, payment)
    await _undo(session, payment)
    if original is not None:
        original.refunded -= payment.amount
        await announcements.announce_change(session, original)
    return payment


async def _undo(session: AsyncSession, payment: Payment) -> None:
    # whoever may touch the payment may undo all of it, also where its invoice is another's by now
    found = await all_invoices.lock_invoices(session, SYSTEM_ACCESS, payment.invoice_ids)
    sign = 1 if payment.kind == "refund" else -1
    if sign > 0 and any(found[part.invoice_id].due < part.amount for part in payment.parts):
        raise SettledMeanwhileError
    settling = [Settling(found[part.invoice_id], sign * part.amount) for part in payment.parts]
    await invoices.settle(session, settling, on=deals.today_of(session))
