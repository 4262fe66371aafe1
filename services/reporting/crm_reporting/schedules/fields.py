"""What schedules can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_reporting.schedules.models import ReportSchedule
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

SCHEDULES = listing(
    Fields(
        {
            "id": Field(UUID, ReportSchedule.id),
            "report": Field(str, ReportSchedule.report),
            "owner_id": Field(UUID, ReportSchedule.owner_id),
            "is_active": Field(bool, ReportSchedule.is_active),
            "next_at": Field(datetime, ReportSchedule.next_at),
            "created_at": Field(datetime, ReportSchedule.created_at),
        }
    ),
    sort=("next_at", "created_at"),
    default="-created_at",
)
