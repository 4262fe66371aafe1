"""What metrics of one's own can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_reporting.custom_metrics.models import CustomMetric
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

CUSTOM_METRICS = listing(
    Fields(
        {
            "id": Field(UUID, CustomMetric.id),
            "key": Field(str, CustomMetric.key),
            "unit": Field(str, CustomMetric.unit),
            "created_at": Field(datetime, CustomMetric.created_at),
        }
    ),
    sort=("created_at", "key"),
    default="key",
)
