"""What deals can be filtered and sorted by."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from crm_deals.deals.models import Deal
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

DEAL_FIELDS = Fields(
    {
        "id": Field(UUID, Deal.id),
        "title": Field(str, Deal.title),
        "owner_id": Field(UUID, Deal.owner_id),
        "team_id": Field(UUID, Deal.team_id),
        "contact_id": Field(UUID, Deal.contact_id),
        "company_id": Field(UUID, Deal.company_id),
        "pipeline_id": Field(UUID, Deal.pipeline_id),
        "stage_id": Field(UUID, Deal.stage_id),
        "outcome": Field(str, Deal.outcome),
        "amount": Field(Decimal, Deal.amount),
        "expected_amount": Field(Decimal, Deal.expected_amount),
        "currency": Field(str, Deal.currency),
        "expected_close_date": Field(date, Deal.expected_close_date),
        "channel": Field(str, Deal.channel),
        "source": Field(str, Deal.source),
        "reason_id": Field(UUID, Deal.reason_id),
        "product_ids": Field(list[UUID], Deal.product_ids),
        "is_void": Field(bool, Deal.is_void),
        "created_at": Field(datetime, Deal.created_at),
        "updated_at": Field(datetime, Deal.updated_at),
        "stage_entered_at": Field(datetime, Deal.stage_entered_at),
        "won_at": Field(datetime, Deal.won_at),
        "lost_at": Field(datetime, Deal.lost_at),
        "first_won_at": Field(datetime, Deal.first_won_at),
        "closed_at": Field(datetime, Deal.closed_at),
        "source_system": Field(str, Deal.source_system),
        "external_id": Field(str, Deal.external_id),
    }
)
SORTABLE = (
    "created_at",
    "updated_at",
    "title",
    "amount",
    "expected_close_date",
    "stage_entered_at",
    "closed_at",
)
DEAL_LISTING = listing(DEAL_FIELDS, sort=SORTABLE, default="-created_at")
