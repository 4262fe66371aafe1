"""Giving a customer money back."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries as deals
from crm_deals.invoices import queries as all_invoices
from crm_deals.invoices import use_cases as invoices
from crm_deals.invoices.use_cases import Settling
from crm_deals.payments import queries
from crm_deals.payments.errors import NotRefundableError, RefundTooLargeError
from crm_deals.payments.models import Payment
from crm_deals.payments.rules import NOTHING, still_held, take_back
from crm_deals.payments.use_cases import announcements
from crm_deals.payments.use_cases.allocating import Values
from crm_deals.payments.use_cases.book import check_payable
from crm_shared.actor import SYSTEM_ACCESS, Access
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.ids import new_id

COPIED = ("currency", "deal_id", "contact_id", "company_id", "owner_id", "team_id", "category")


async def refund_payment(
    session: AsyncSession,
    access: Access,
    payment_id: UUID,
    values: Values,
    *,
    expected: int | None,
) -> Payment:
    """Pay a payment back, whole or in part, and announce it; returns the refund.

    What settles no invoice goes first; beyond that its invoices are owed again, the last first.
    """
    payment = await queries.get_payment(session, access, payment_id, lock=True)
    if expected not in (None, payment.revision):
        raise ChangedMeanwhileError
    if payment.kind != "payment" or payment.voided_at is not None:
        raise NotRefundableError
    await deals.follow_deal(session, payment)
    refunds = await queries.list_refunds(session, payment.id)
    left = payment.amount - payment.refunded
    refund = _new_refund(session, payment, values, left)
    held = still_held(payment.parts, [one.parts for one in refunds])
    free = payment.unallocated - sum((one.unallocated for one in refunds), NOTHING)
    parts = take_back(refund.amount, free, held)
    refund.allocate(parts)
    payment.refunded += refund.amount
    # whoever may touch the payment may undo all of it, also where its invoice is another's by now
    found = await all_invoices.lock_invoices(session, SYSTEM_ACCESS, refund.invoice_ids)
    await announcements.announce_new(session, refund)
    await announcements.announce_change(session, payment)
    settling = [Settling(found[part.invoice_id], -part.amount) for part in parts]
    await invoices.settle(session, settling, on=refund.paid_on)
    return refund


def _new_refund(session: AsyncSession, payment: Payment, values: Values, left: Decimal) -> Payment:
    amount = values.get("amount") or left
    if not 0 < amount <= left:
        raise RefundTooLargeError(left)
    refund = Payment(
        id=new_id(),
        kind="refund",
        amount=amount,
        refunds_id=payment.id,
        refunded=NOTHING,
        paid_on=values.get("paid_on") or deals.today_of(session),
        account=values.get("account", payment.account),
        note=values.get("note"),
        **{name: getattr(payment, name) for name in COPIED},
    )
    check_payable(session, refund)
    return refund
