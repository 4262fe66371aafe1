"""What lists of calls can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_contacts.activities.models import Direction
from crm_contacts.calls.models import Call
from crm_shared.filters import Field, Fields

FIELDS = Fields(
    {
        "id": Field(UUID, Call.id),
        "direction": Field(Direction, Call.direction),
        "from_number": Field(str, Call.from_number),
        "to_number": Field(str, Call.to_number),
        "client_number": Field(str, Call.client_number),
        "answered": Field(bool, Call.answered),
        "started_at": Field(datetime, Call.started_at),
        "duration_s": Field(int, Call.duration_s),
        "user_id": Field(UUID, Call.user_id),
        "team_id": Field(UUID, Call.team_id),
        "contact_id": Field(UUID, Call.contact_id, merges=True),
        "company_id": Field(UUID, Call.company_id, merges=True),
        "deal_id": Field(UUID, Call.deal_id),
        "lead_id": Field(UUID, Call.lead_id),
        "callback_task_id": Field(UUID, Call.callback_task_id),
        "repeats_call_id": Field(UUID, Call.repeats_call_id),
        "mark": Field(int, Call.mark),
        "marked_by_id": Field(UUID, Call.marked_by_id),
        "marked_at": Field(datetime, Call.marked_at),
        "source_system": Field(str, Call.source_system),
        "external_id": Field(str, Call.external_id),
        "created_at": Field(datetime, Call.created_at),
        "updated_at": Field(datetime, Call.updated_at),
    }
)
SORT = ("started_at", "created_at", "updated_at", "duration_s")
