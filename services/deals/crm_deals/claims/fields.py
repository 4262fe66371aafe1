"""What claims can be filtered and sorted by."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from crm_deals.claims.models import Claim
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

CLAIM_FIELDS = Fields(
    {
        "id": Field(UUID, Claim.id),
        "kind": Field(str, Claim.kind),
        "status": Field(str, Claim.status),
        "cause": Field(str, Claim.cause),
        "amount": Field(Decimal, Claim.amount),
        "settled_amount": Field(Decimal, Claim.settled_amount),
        "currency": Field(str, Claim.currency),
        "deal_id": Field(UUID, Claim.deal_id),
        "invoice_id": Field(UUID, Claim.invoice_id),
        "contact_id": Field(UUID, Claim.contact_id, merges=True),
        "company_id": Field(UUID, Claim.company_id, merges=True),
        "owner_id": Field(UUID, Claim.owner_id),
        "team_id": Field(UUID, Claim.team_id),
        "claimed_on": Field(date, Claim.claimed_on),
        "resolved_on": Field(date, Claim.resolved_on),
        "resolution": Field(str, Claim.resolution),
        "created_at": Field(datetime, Claim.created_at),
        "source_system": Field(str, Claim.source_system),
        "external_id": Field(str, Claim.external_id),
    }
)
CLAIM_LISTING = listing(
    CLAIM_FIELDS, sort=("created_at", "claimed_on", "amount"), default="-created_at"
)
