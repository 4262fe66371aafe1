"""What alarms can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_reporting.alarms.models import Alarm
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

ALARMS = listing(
    Fields(
        {
            "id": Field(UUID, Alarm.id),
            "kind": Field(str, Alarm.kind),
            "metric": Field(str, Alarm.metric),
            "owner_id": Field(UUID, Alarm.owner_id),
            "is_active": Field(bool, Alarm.is_active),
            "is_raised": Field(bool, Alarm.is_raised),
            "created_at": Field(datetime, Alarm.created_at),
        }
    ),
    sort=("created_at",),
    default="-created_at",
)
