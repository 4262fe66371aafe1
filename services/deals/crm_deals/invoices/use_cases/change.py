"""Changing invoices: a draft in everything, an issued one in what is not money."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries as deals
from crm_deals.events import InvoiceDeleted, InvoiceIssued
from crm_deals.invoices import queries
from crm_deals.invoices.errors import InvoiceNotDraftError
from crm_deals.invoices.models import Invoice
from crm_deals.invoices.rules import status_of
from crm_deals.invoices.use_cases import announcements, preparing
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.events.outbox import ChangedMeanwhileError

Values = Mapping[str, Any]
SUMS = frozenset({"line_items", "discount", "amount", "tax_rate", "tax_included"})
FIXED = frozenset({"deal_id", "contact_id", "company_id", "currency", "number", "issue_date"})
FREE = ("due_date", "is_disputed", "note")


async def update_invoice(
    session: AsyncSession,
    access: Access,
    invoice_id: UUID,
    values: Values,
    *,
    expected: int | None,
) -> Invoice:
    """Change an invoice and announce it; raises InvoiceNotDraftError for money of an issued one."""
    invoice = await _locked(session, access, invoice_id, expected)
    await change_invoice(session, access, invoice, values)
    return invoice


async def change_invoice(
    session: AsyncSession, access: Access, invoice: Invoice, values: Values
) -> bool:
    """Put the given values into a locked row and announce what changed; tells whether it did."""
    if invoice.status == "draft":
        await _redraw(session, access, invoice, values)
    # an issued invoice is a document: its sums change by a credit note only
    elif await _touches_money(session, invoice, values):
        raise InvoiceNotDraftError
    if values.get("due_date", invoice.due_date) != invoice.due_date:
        # another day makes it punctual again
        invoice.overdue_at = None
    for name in FREE:
        if name in values:
            setattr(invoice, name, values[name])
    preparing.check_dates(invoice)
    if invoice.status == "draft" and values.get("status") == "issued":
        return await _issue(session, invoice)
    return await announcements.announce(session, invoice)


async def issue_invoice(
    session: AsyncSession, access: Access, invoice_id: UUID, *, expected: int | None
) -> Invoice:
    """Give a draft its number: it is owed from now on. One that is issued already stays."""
    invoice = await _locked(session, access, invoice_id, expected)
    if invoice.status == "draft":
        await _issue(session, invoice)
    return invoice


async def delete_invoice(
    session: AsyncSession, access: Access, invoice_id: UUID, *, expected: int | None
) -> None:
    """Throw a draft away; an issued invoice is voided instead."""
    invoice = await _locked(session, access, invoice_id, expected)
    if invoice.status != "draft":
        raise InvoiceNotDraftError
    # a draft has no number yet: nothing is missing in the row of them
    invoice.deleted_at = utc_now()
    await announcements.announce(session, invoice, InvoiceDeleted)


async def _issue(session: AsyncSession, invoice: Invoice) -> bool:
    # between draft and issue the deal may have got another owner
    await deals.follow_deal(session, invoice)
    await preparing.give_number(session, invoice)
    invoice.status = status_of(invoice)
    if invoice.status == "paid":
        invoice.paid_on = invoice.issue_date
    return await announcements.announce(session, invoice, InvoiceIssued)


async def _redraw(session: AsyncSession, access: Access, invoice: Invoice, values: Values) -> None:
    deal = await preparing.settle_customer(session, access, invoice, values)
    for name in ("currency", "number", "issue_date", "tax_rate"):
        # null gives the number back to the drawing; the others must have a value
        if values.get(name) is not None or (name == "number" and name in values):
            setattr(invoice, name, values[name])
    if SUMS & values.keys():
        await preparing.settle_sums(session, invoice, values, deal)
    await preparing.check_number(session, invoice)


async def _touches_money(session: AsyncSession, invoice: Invoice, values: Values) -> bool:
    if any(values[name] != getattr(invoice, name) for name in FIXED & values.keys()):
        return True
    if not SUMS & values.keys():
        return False
    # another system may say once more what there is already
    same = Invoice(currency=invoice.currency, tax_rate=values.get("tax_rate", invoice.tax_rate))
    await preparing.settle_sums(session, same, {"amount": invoice.total, **values}, None)
    return (same.net, same.tax, same.line_items) != (invoice.net, invoice.tax, invoice.line_items)


async def _locked(
    session: AsyncSession, access: Access, invoice_id: UUID, expected: int | None
) -> Invoice:
    invoice = await queries.get_invoice(session, access, invoice_id, lock=True)
    if expected not in (None, invoice.revision):
        raise ChangedMeanwhileError
    return invoice
