"""What lists of what comes in can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_notifications.inbound.models import Arrival, InboundSystem
from crm_shared.filters import Field, Fields

SYSTEMS_LISTED = Fields(
    {
        "id": Field(UUID, InboundSystem.id),
        "system": Field(str, InboundSystem.system),
        "is_active": Field(bool, InboundSystem.is_active),
        "created_at": Field(datetime, InboundSystem.created_at),
    }
)
RUNS_LISTED = Fields(
    {
        "id": Field(UUID, Arrival.id),
        "event_id": Field(str, Arrival.external_id),
        "kind": Field(str, Arrival.kind),
        "status": Field(str, Arrival.status),
        "received_at": Field(datetime, Arrival.created_at),
    }
)
