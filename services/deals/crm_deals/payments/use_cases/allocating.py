"""Letting payments settle invoices."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.invoices import queries as invoices
from crm_deals.invoices.models import Invoice
from crm_deals.invoices.rules import COUNTED
from crm_deals.payments.errors import UnknownInvoicesError
from crm_deals.payments.models import Payment
from crm_deals.payments.rules import NOTHING, Part, Wish
from crm_shared.actor import Access

Values = Mapping[str, Any]
Invoices = Mapping[UUID, Invoice]


async def invoices_named(
    session: AsyncSession, access: Access, wishes: Sequence[Values]
) -> dict[UUID, Invoice]:
    """Lock the invoices that these wishes name; refuses what is not there or not issued."""
    # held until the commit: two payments of one invoice must not both find it unpaid
    found = await invoices.lock_invoices(session, access, {one["invoice_id"] for one in wishes})
    unknown = [
        index
        for index, one in enumerate(wishes)
        if (invoice := found.get(one["invoice_id"])) is None or not _takes_payments(invoice)
    ]
    if unknown:
        raise UnknownInvoicesError(unknown)
    return found


def _takes_payments(invoice: Invoice) -> bool:
    return invoice.kind == "invoice" and invoice.status in COUNTED


def check_currency(payment: Payment, found: Invoices, wishes: Sequence[Values]) -> None:
    """Refuse invoices in another currency than the payment's."""
    other = [
        index
        for index, one in enumerate(wishes)
        if found[one["invoice_id"]].currency != payment.currency
    ]
    if other:
        raise UnknownInvoicesError(other)


def wishes_of(
    found: Invoices,
    wishes: Sequence[Values],
    *,
    held: Sequence[Part] = (),
    kept: Sequence[Part] = (),
) -> list[Wish]:
    """Return what each invoice is to get, at most what is due and what it `held` already.

    What was refunded of `held` stays: `kept` is what may be given elsewhere.
    """
    has = {part.invoice_id: part.amount for part in held}
    movable = {part.invoice_id: part.amount for part in kept}
    return [
        Wish(
            invoice_id=one["invoice_id"],
            amount=one.get("amount"),
            # what this payment holds of it already may stay: it is asked anew as a whole
            most=found[one["invoice_id"]].due + has.get(one["invoice_id"], NOTHING),
            least=has.get(one["invoice_id"], NOTHING) - movable.get(one["invoice_id"], NOTHING),
        )
        for one in wishes
    ]
