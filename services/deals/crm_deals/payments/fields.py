"""What payments can be filtered and sorted by."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import case

from crm_deals.payments.models import Payment
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

PAYMENT_FIELDS = Fields(
    {
        "id": Field(UUID, Payment.id),
        "kind": Field(str, Payment.kind),
        "direction": Field(str, case((Payment.kind == "payment", "in"), else_="out")),
        "amount": Field(Decimal, Payment.amount),
        "unallocated": Field(Decimal, Payment.amount - Payment.allocated),
        "currency": Field(str, Payment.currency),
        "paid_on": Field(date, Payment.paid_on),
        "account": Field(str, Payment.account),
        "category": Field(str, Payment.category),
        "deal_id": Field(UUID, Payment.deal_id),
        "contact_id": Field(UUID, Payment.contact_id, merges=True),
        "company_id": Field(UUID, Payment.company_id, merges=True),
        "owner_id": Field(UUID, Payment.owner_id),
        "team_id": Field(UUID, Payment.team_id),
        "invoice_ids": Field(list[UUID], Payment.invoice_ids),
        "refunds_id": Field(UUID, Payment.refunds_id),
        "voided_at": Field(datetime, Payment.voided_at),
        "created_at": Field(datetime, Payment.created_at),
        "source_system": Field(str, Payment.source_system),
        "external_id": Field(str, Payment.external_id),
    }
)
PAYMENT_LISTING = listing(
    PAYMENT_FIELDS, sort=("created_at", "paid_on", "amount"), default="-created_at"
)
