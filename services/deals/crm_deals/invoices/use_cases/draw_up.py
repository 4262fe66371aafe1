"""Drawing invoices up."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries as deals
from crm_deals.events import InvoiceCreated, InvoiceIssued
from crm_deals.invoices import queries
from crm_deals.invoices.errors import InvoiceExternalIdTakenError, InvoiceNotFoundError
from crm_deals.invoices.models import Invoice
from crm_deals.invoices.rules import status_of
from crm_deals.invoices.use_cases import announcements, preparing
from crm_deals.invoices.use_cases.change import change_invoice
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.ids import new_id

Put = Literal["created", "updated", "unchanged"]
Values = Mapping[str, Any]
GIVEN = ("number", "due_date", "note", "source_system", "external_id", "credits_invoice_id")


async def create_invoice(
    session: AsyncSession, access: Access, values: Values, *, currency: str
) -> Invoice:
    """Draw an invoice up, as a draft or issued at once, and announce it.

    `currency` is taken when neither the values nor the deal name one. Raises InvalidError when
    there is nothing or nobody to invoice.
    """
    named = (values.get("source_system"), values.get("external_id"))
    if named[1] is not None and await queries.find_invoice_by_external_id(session, *named):  # type: ignore[arg-type]
        raise InvoiceExternalIdTakenError
    today = deals.today_of(session)
    invoice = new_invoice(values, issue_date=values.get("issue_date") or today)
    deal = await preparing.settle_customer(session, access, invoice, values)
    invoice.currency = values.get("currency") or (deal.currency if deal else currency)
    await preparing.settle_sums(session, invoice, values, deal)
    preparing.check_dates(invoice)
    await preparing.check_number(session, invoice)
    await write_invoice(session, invoice, is_draft=values.get("status", "draft") == "draft")
    return invoice


def new_invoice(values: Values, *, issue_date: date) -> Invoice:
    """Return a row that comes to nothing yet."""
    nothing = Decimal(0)
    return Invoice(
        id=new_id(),
        kind="invoice",
        status="draft",
        line_items=[],
        net=nothing,
        tax=nothing,
        total=nothing,
        paid=nothing,
        credited=nothing,
        tax_rate=values.get("tax_rate") or nothing,
        issue_date=issue_date,
        is_disputed=bool(values.get("is_disputed")),
        **{name: values.get(name) for name in GIVEN},
    )


async def write_invoice(session: AsyncSession, invoice: Invoice, *, is_draft: bool) -> None:
    """Keep a new invoice and announce it; one that is no draft gets its number."""
    today = queries.read_today(session, [invoice])
    if not is_draft:
        await preparing.give_number(session, invoice)
        invoice.status = status_of(invoice)
        # an invoice over nothing is paid as it is issued
        if invoice.status == "paid":
            invoice.paid_on = today
        # nobody wants an alarm for every old invoice that is taken over
        if context.current().bulk and invoice.is_overdue:
            invoice.overdue_at = utc_now()
    session.add(invoice)
    kind = InvoiceCreated if is_draft else InvoiceIssued
    event = kind(invoice=announcements.facts_of(invoice), changed=[], previous={})
    await outbox.record(session, invoice, event)


async def put_invoice(
    session: AsyncSession, access: Access, named: tuple[str, str], values: Values, *, currency: str
) -> tuple[Invoice, Put]:
    """Create or change the invoice that another system knows under this id."""
    system, external_id = named
    known = await queries.find_invoice_by_external_id(session, system, external_id)
    if known is None:
        identified = {**values, "source_system": system, "external_id": external_id}
        return await create_invoice(session, access, identified, currency=currency), "created"
    if known.deleted_at is not None:
        raise InvoiceExternalIdTakenError
    try:
        invoice = await queries.get_invoice(session, access, known.id, lock=True)
    # outside the scope: named by the id that the caller gave, not by ours
    except InvoiceNotFoundError as hidden:
        raise InvoiceNotFoundError(external_id) from hidden
    changed = await change_invoice(session, access, invoice, values)
    return invoice, "updated" if changed else "unchanged"
