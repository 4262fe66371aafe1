"""Booking a payment elsewhere, or letting it settle other invoices; its sum stays."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries as deals
from crm_deals.invoices import use_cases as invoices
from crm_deals.invoices.use_cases import Settling
from crm_deals.payments import queries
from crm_deals.payments.errors import (
    ExpenseAllocatedError,
    PaidInTheFutureError,
    PaymentVoidError,
)
from crm_deals.payments.models import Payment
from crm_deals.payments.rules import NOTHING, Part, share_out, still_held
from crm_deals.payments.use_cases import allocating, announcements
from crm_deals.payments.use_cases.allocating import Values
from crm_shared.actor import Access
from crm_shared.errors import InvalidError
from crm_shared.events.outbox import ChangedMeanwhileError

PLACE = ("deal_id", "contact_id", "company_id")
FREE = ("account", "category", "note", "contact_id", "company_id", "paid_on")


async def update_payment(
    session: AsyncSession,
    access: Access,
    payment_id: UUID,
    values: Values,
    *,
    expected: int | None,
) -> Payment:
    """Change a payment and announce it; what it settles is replaced whole."""
    payment = await queries.get_payment(session, access, payment_id, lock=True)
    if expected not in (None, payment.revision):
        raise ChangedMeanwhileError
    await change_payment(session, access, payment, values)
    return payment


async def change_payment(
    session: AsyncSession, access: Access, payment: Payment, values: Values
) -> bool:
    """Put the given values into a locked row and announce what changed; tells whether it did."""
    # what was taken back stays as it was booked: another payment says what is true now
    if payment.voided_at is not None:
        raise PaymentVoidError
    former = {name: getattr(payment, name) for name in PLACE}
    if "deal_id" in values and values["deal_id"] != payment.deal_id:
        payment.deal_id = values["deal_id"]
        if payment.deal_id is not None:
            await deals.named_deal(session, access, payment.deal_id)
    # also without a change of the deal: its owner may be another one since
    await deals.follow_deal(session, payment)
    for name in FREE:
        if name in values:
            setattr(payment, name, values[name])
    if payment.paid_on > deals.today_of(session):
        raise PaidInTheFutureError
    settling = await _reallocate(session, access, payment, values)
    # the payment speaks first, then the invoices that it settles
    changed = await announcements.announce_change(session, payment)
    moved = {name: now for name in PLACE if (now := getattr(payment, name)) != former[name]}
    if moved and payment.refunded:
        await _take_refunds_along(session, payment, moved)
    await invoices.settle(session, settling, on=payment.paid_on)
    return changed


async def _take_refunds_along(session: AsyncSession, payment: Payment, moved: Values) -> None:
    # money that went back must not stay behind as a debt of where the payment stood before
    for refund in await queries.list_refunds(session, payment.id):
        for name, value in moved.items():
            setattr(refund, name, value)
        await deals.follow_deal(session, refund)
        await announcements.announce_change(session, refund)


async def _reallocate(
    session: AsyncSession, access: Access, payment: Payment, values: Values
) -> list[Settling]:
    wishes = values.get("allocations")
    if wishes is None:
        return []
    if payment.kind != "payment":
        if wishes:
            raise ExpenseAllocatedError
        return []
    held = payment.parts
    refunds = await queries.list_refunds(session, payment.id)
    kept = still_held(held, [refund.parts for refund in refunds])
    named = {one["invoice_id"] for one in wishes}
    # an invoice that is not named any more gives back all it holds
    all_wishes = [*wishes, *_let_go(held, kept, named)]
    found = await allocating.invoices_named(session, access, all_wishes)
    allocating.check_currency(payment, found, all_wishes)
    # what went back to the customer cannot settle anything any more
    available = payment.amount - sum((one.unallocated for one in refunds), NOTHING)
    parts, faults = share_out(
        available, allocating.wishes_of(found, all_wishes, held=held, kept=kept)
    )
    if faults:
        raise InvalidError(*faults)
    payment.allocate(parts)
    more = [Settling(found[part.invoice_id], part.amount) for part in parts]
    less = [Settling(found[part.invoice_id], -part.amount) for part in held]
    # an invoice in both is settled by the difference, once
    return more + less


def _let_go(held: list[Part], kept: list[Part], named: set[UUID]) -> list[Values]:
    refunded = {part.invoice_id: part.amount for part in held}
    for part in kept:
        refunded[part.invoice_id] -= part.amount
    return [
        {"invoice_id": invoice_id, "amount": amount}
        for invoice_id, amount in refunded.items()
        if invoice_id not in named
    ]
