"""What lists of what comes in can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, case, cast, select

from crm_notifications.inbound.models import Arrival, InboundSystem
from crm_shared.db.infrastructure import DEAD_LETTERS
from crm_shared.events import dead_letters
from crm_shared.filters import Field, Fields

SYSTEMS_LISTED = Fields(
    {
        "id": Field(UUID, InboundSystem.id),
        "system": Field(str, InboundSystem.system),
        "is_active": Field(bool, InboundSystem.is_active),
        "created_at": Field(datetime, InboundSystem.created_at),
    }
)
# what lies there as a dead letter waits for nothing by itself: it is shown as refused
_IS_STUCK = (
    select(DEAD_LETTERS.c.id)
    .where(
        DEAD_LETTERS.c.subject == cast(Arrival.id, Text),
        DEAD_LETTERS.c.state.in_(dead_letters.OPEN),
    )
    .correlate(Arrival)
    .exists()
)
_STATUS = case((_IS_STUCK, "refused"), else_=Arrival.status)
RUNS_LISTED = Fields(
    {
        "id": Field(UUID, Arrival.id),
        "event_id": Field(str, Arrival.external_id),
        "kind": Field(str, Arrival.kind),
        "status": Field(str, _STATUS),
        "received_at": Field(datetime, Arrival.created_at),
    }
)
