"""What competitors can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_deals.competitors.models import Competitor
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

COMPETITOR_LISTING = listing(
    Fields(
        {
            "id": Field(UUID, Competitor.id),
            "label": Field(str, Competitor.label),
            "created_at": Field(datetime, Competitor.created_at),
            "source_system": Field(str, Competitor.source_system),
            "external_id": Field(str, Competitor.external_id),
        }
    ),
    sort=("label", "created_at"),
    default="label",
)
