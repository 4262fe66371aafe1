"""What reasons can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_deals.reasons.models import Reason
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

REASON_LISTING = listing(
    Fields(
        {
            "id": Field(UUID, Reason.id),
            "label": Field(str, Reason.label),
            "outcome": Field(str, Reason.outcome),
            "group": Field(str, Reason.group),
            "department": Field(str, Reason.department),
            "created_at": Field(datetime, Reason.created_at),
            "source_system": Field(str, Reason.source_system),
            "external_id": Field(str, Reason.external_id),
        }
    ),
    sort=("label", "created_at"),
    default="label",
)
