"""What lists of mailings can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_notifications.mailings.models import Mailing
from crm_shared.filters import Field, Fields

MAILINGS_LISTED = Fields(
    {
        "id": Field(UUID, Mailing.id),
        "name": Field(str, Mailing.name),
        "segment_id": Field(UUID, Mailing.segment_id),
        "channel": Field(str, Mailing.channel),
        "purpose": Field(str, Mailing.purpose),
        "status": Field(str, Mailing.status),
        "starts_at": Field(datetime, Mailing.starts_at),
        "created_at": Field(datetime, Mailing.created_at),
        "updated_at": Field(datetime, Mailing.updated_at),
    }
)
