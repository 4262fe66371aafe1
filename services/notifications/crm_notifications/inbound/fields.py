"""What lists of what comes in can be filtered and sorted by."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, any_, case, cast, func, or_, select

from crm_notifications.inbound.models import IS_REFUSED, REFUSED, Arrival, InboundSystem
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
_STUCK = select(cast(DEAD_LETTERS.c.subject, Uuid)).where(
    DEAD_LETTERS.c.state.in_(dead_letters.OPEN),
    DEAD_LETTERS.c.subject.is_not(None),
)
_STATUS = case((Arrival.id.in_(_STUCK), REFUSED), else_=Arrival.status)


class _Status(Field):
    """How an arrival is shown to stand; the few that are refused are found by indexes alone."""

    def contained(self, op: str, value: Any) -> ColumnElement[bool] | None:
        if op != "eq" or value != REFUSED:
            return None
        # an array, not a sub-select: only so may the planner join two indexes
        stuck = Arrival.id == any_(func.array(_STUCK.scalar_subquery()))
        return or_(IS_REFUSED, stuck)


RUNS_LISTED = Fields(
    {
        "id": Field(UUID, Arrival.id),
        "event_id": Field(str, Arrival.external_id),
        "kind": Field(str, Arrival.kind),
        "status": _Status(str, _STATUS),
        "received_at": Field(datetime, Arrival.created_at),
    }
)
