"""What invoices can be filtered and sorted by."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_, case, func, literal

from crm_deals.invoices.models import Invoice
from crm_deals.invoices.rules import COUNTED, OWED
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import ListQuery, listing

LEFT = Invoice.total - Invoice.credited - Invoice.paid
IS_COUNTED = and_(Invoice.kind == "invoice", Invoice.status.in_(sorted(COUNTED)))
DUE: ColumnElement[Decimal] = case((IS_COUNTED, func.greatest(LEFT, 0)), else_=0)
OVERPAID: ColumnElement[Decimal] = case((IS_COUNTED, func.greatest(-LEFT, 0)), else_=0)


def overdue_on(today: date) -> ColumnElement[bool]:
    """Return the condition that an invoice is owed after its due date."""
    late = func.coalesce(Invoice.due_date < literal(today, Date()), False)
    return and_(Invoice.kind == "invoice", Invoice.status.in_(sorted(OWED)), late)


INVOICE_FIELDS = Fields(
    {
        "id": Field(UUID, Invoice.id),
        "number": Field(str, Invoice.number),
        "kind": Field(str, Invoice.kind),
        "status": Field(str, Invoice.status),
        "deal_id": Field(UUID, Invoice.deal_id),
        "contact_id": Field(UUID, Invoice.contact_id, merges=True),
        "company_id": Field(UUID, Invoice.company_id, merges=True),
        "owner_id": Field(UUID, Invoice.owner_id),
        "team_id": Field(UUID, Invoice.team_id),
        "currency": Field(str, Invoice.currency),
        "amount": Field(Decimal, Invoice.total),
        "paid": Field(Decimal, Invoice.paid),
        "due": Field(Decimal, DUE),
        "issue_date": Field(date, Invoice.issue_date),
        "due_date": Field(date, Invoice.due_date),
        "paid_on": Field(date, Invoice.paid_on),
        "is_overdue": Field(bool),  # which day it is, `on_day` says
        "is_disputed": Field(bool, Invoice.is_disputed),
        "credits_invoice_id": Field(UUID, Invoice.credits_invoice_id),
        "created_at": Field(datetime, Invoice.created_at),
        "source_system": Field(str, Invoice.source_system),
        "external_id": Field(str, Invoice.external_id),
    }
)
INVOICE_LISTING = listing(
    INVOICE_FIELDS,
    sort=("created_at", "issue_date", "due_date", "amount", "number"),
    default="-created_at",
)


def on_day(query: ListQuery, today: date) -> ListQuery:
    """Return what is wanted of the list, as of the day it is where the company works."""
    overdue = Field(bool, overdue_on(today))
    return replace(query, fields=Fields({**query.fields, "is_overdue": overdue}))
