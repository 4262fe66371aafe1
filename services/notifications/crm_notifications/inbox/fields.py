"""What one's inbox can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_notifications.inbox.models import Notice
from crm_shared.filters import Field, Fields

NOTICES_LISTED = Fields(
    {
        "id": Field(UUID, Notice.id),
        "kind": Field(str, Notice.kind),
        "noun": Field(str, Notice.noun),
        "record_id": Field(UUID, Notice.record_id),
        "actor_id": Field(UUID, Notice.actor_id),
        "read_at": Field(datetime, Notice.read_at),
        "created_at": Field(datetime, Notice.created_at),
    }
)
