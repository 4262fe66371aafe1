"""What is said of invoices: never what was written on them by hand."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from crm_deals.events.base import Quantity, SaleKind
from crm_shared.events.envelope import Event
from crm_shared.money import Amount

InvoiceKind = Literal["invoice", "credit_note"]
InvoiceStatus = Literal["draft", "issued", "partly_paid", "paid", "credited", "void"]
InvoiceVoidReason = Literal["mistake", "duplicate", "cancelled", "other"]


class InvoiceLineFacts(BaseModel):
    """A product on an invoice; `total` is after every discount and without tax."""

    product_id: UUID
    product_label: str
    category: str | None
    quantity: Quantity
    total: Amount
    tax_amount: Amount
    sale_kind: SaleKind


class InvoiceFacts(BaseModel):
    """A demand for money, or a credit note: those have negative sums.

    `due` = `total` - `credited` - `paid`, never below nothing; what is more is `overpaid`.
    """

    number: str | None
    kind: InvoiceKind
    status: InvoiceStatus
    deal_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    owner_id: UUID | None
    team_id: UUID | None
    currency: str
    net: Amount
    tax: Amount
    total: Amount
    paid: Amount
    credited: Amount
    due: Amount
    overpaid: Amount
    issue_date: date
    due_date: date | None
    # the day of the payment that settled it
    paid_on: date | None
    overdue_at: datetime | None
    is_disputed: bool
    credits_invoice_id: UUID | None
    void_reason: InvoiceVoidReason | None
    line_items: list[InvoiceLineFacts]


class InvoiceEvent(Event):
    invoice: InvoiceFacts
    changed: list[str]
    previous: dict[str, Any]


class InvoiceCreated(InvoiceEvent, type="crm.deals.invoice.created.v1"):
    """An invoice was drawn up as a draft; nobody owes anything yet."""


class InvoiceUpdated(InvoiceEvent, type="crm.deals.invoice.updated.v1"):
    """An invoice changed: its terms, or what of it is paid or credited."""


class InvoiceDeleted(InvoiceEvent, type="crm.deals.invoice.deleted.v1"):
    """A draft was thrown away; an invoice that was issued is voided instead."""


class InvoiceIssued(InvoiceEvent, type="crm.deals.invoice.issued.v1"):
    """An invoice got its number and is owed from now on."""


class InvoicePaid(InvoiceEvent, type="crm.deals.invoice.paid.v1"):
    """An invoice is settled, by its last payment or by a credit note."""


class InvoiceOverdue(InvoiceEvent, type="crm.deals.invoice.overdue.v1"):
    """An invoice is owed after its due date; said once per date named."""


class InvoiceVoided(InvoiceEvent, type="crm.deals.invoice.voided.v1"):
    """An issued invoice counts no more; it keeps its number."""
