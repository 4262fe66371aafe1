"""Booking payments and expenses: one call each."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries as deals
from crm_deals.invoices import use_cases as invoices
from crm_deals.invoices.use_cases import Settling
from crm_deals.invoices.use_cases.preparing import check_digits
from crm_deals.payments import queries
from crm_deals.payments.errors import (
    ExpenseAllocatedError,
    PaidInTheFutureError,
    PaymentDiffersError,
    PaymentExternalIdTakenError,
    PaymentNotFoundError,
)
from crm_deals.payments.models import Payment
from crm_deals.payments.rules import NOTHING, share_out
from crm_deals.payments.use_cases import allocating, announcements
from crm_deals.payments.use_cases.allocating import Invoices, Values
from crm_deals.payments.use_cases.change import change_payment
from crm_shared.actor import Access
from crm_shared.errors import InvalidError
from crm_shared.ids import new_id

Put = Literal["created", "updated", "unchanged"]
GIVEN = ("account", "category", "note", "source_system", "external_id")
FIXED = ("kind", "amount", "currency")


async def book_payment(
    session: AsyncSession, access: Access, values: Values, *, currency: str
) -> Payment:
    """Book money that came or went, let it settle the invoices named, and announce all of it.

    Deal, customer and currency are the invoices' when absent; what settles nothing is an advance.
    """
    named = (values.get("source_system"), values.get("external_id"))
    if named[1] is not None and await queries.find_payment_by_external_id(session, *named):  # type: ignore[arg-type]
        raise PaymentExternalIdTakenError
    wishes: Sequence[Values] = values.get("allocations") or ()
    kind = values.get("kind", "payment")
    # our invoices are what customers owe: an expense settles none of them
    if wishes and kind == "expense":
        raise ExpenseAllocatedError
    found = await allocating.invoices_named(session, access, wishes)
    payment = _new_payment(values, kind)
    # the day it came, by the company's calendar: revenue of a month is counted by it
    payment.paid_on = values.get("paid_on") or deals.today_of(session)
    await _settle_subject(session, access, payment, values, found, currency)
    check_payable(session, payment)
    allocating.check_currency(payment, found, wishes)
    parts, faults = share_out(payment.amount, allocating.wishes_of(found, wishes))
    if faults:
        raise InvalidError(*faults)
    payment.allocate(parts)
    await announcements.announce_new(session, payment)
    settling = [Settling(found[part.invoice_id], part.amount) for part in parts]
    await invoices.settle(session, settling, on=payment.paid_on)
    return payment


async def put_payment(
    session: AsyncSession, access: Access, named: tuple[str, str], values: Values, *, currency: str
) -> tuple[Payment, Put]:
    """Book the payment that another system knows under this id, once; later it may be rebooked."""
    system, external_id = named
    known = await queries.find_payment_by_external_id(session, system, external_id)
    if known is None:
        identified = {**values, "source_system": system, "external_id": external_id}
        return await book_payment(session, access, identified, currency=currency), "created"
    try:
        payment = await queries.get_payment(session, access, known.id, lock=True)
    except PaymentNotFoundError as hidden:
        raise PaymentNotFoundError(external_id) from hidden
    if any(values[name] != getattr(payment, name) for name in FIXED if name in values):
        raise PaymentDiffersError
    rest = {name: value for name, value in values.items() if name not in FIXED}
    changed = await change_payment(session, access, payment, rest)
    return payment, "updated" if changed else "unchanged"


def check_payable(session: AsyncSession, payment: Payment) -> None:
    """Refuse a sum that its currency does not have, and a day that is still to come."""
    check_digits(payment.amount, payment.currency, pointer="/amount")
    if payment.paid_on > deals.today_of(session):
        raise PaidInTheFutureError


def _new_payment(values: Values, kind: str) -> Payment:
    return Payment(
        id=new_id(),
        kind=kind,
        amount=values["amount"],
        refunded=NOTHING,
        allocated=Decimal(0),
        allocations=[],
        invoice_ids=[],
        **{name: values.get(name) for name in GIVEN},
    )


async def _settle_subject(
    session: AsyncSession,
    access: Access,
    payment: Payment,
    values: Values,
    found: Invoices,
    currency: str,
) -> None:
    """Say whose money it is: as given, else as the invoices have it, else as the deal."""
    first: Any = next(iter(found.values()), None)
    of_deals = {invoice.deal_id for invoice in found.values()}
    shared = of_deals.pop() if len(of_deals) == 1 else None
    payment.deal_id = values.get("deal_id", shared)
    deal = None
    if payment.deal_id is not None:
        deal = await deals.named_deal(session, access, payment.deal_id)
        payment.owner_id, payment.team_id = deal.owner_id, deal.team_id
    elif access.actor.kind == "user":
        payment.owner_id = access.actor.id
    # an expense of a deal goes to somebody else than its customer
    source = first or (deal if payment.kind != "expense" else None)
    for name in ("contact_id", "company_id"):
        setattr(payment, name, values.get(name, getattr(source, name, None)))
    whose = first or deal
    payment.currency = values.get("currency") or (whose.currency if whose else currency)
