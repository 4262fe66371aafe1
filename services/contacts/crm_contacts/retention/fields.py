"""What reports can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_contacts.retention.models import RetentionReport
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

LISTING = listing(
    Fields(
        {
            "id": Field(UUID, RetentionReport.id),
            "at": Field(datetime, RetentionReport.at),
            "service": Field(str, RetentionReport.service),
            "request_id": Field(UUID, RetentionReport.request_id),
            "is_dry_run": Field(bool, RetentionReport.is_dry_run),
        }
    ),
    sort=("at",),
    default="-at",
)
