"""What lists of activities can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, false, func

from crm_contacts.activities.models import Activity, ActivityKind, ActivityStatus, Direction
from crm_contacts.customs.catalogue import SHELF
from crm_shared.filters import Field, Fields
from crm_shared.nouns.listing import NounListing

OVERDUE = func.coalesce(
    and_(Activity.status == ActivityStatus.PLANNED, Activity.due_at < func.now()), false()
)

FIELDS = Fields(
    {
        "id": Field(UUID, Activity.id),
        "kind": Field(ActivityKind, Activity.kind),
        "status": Field(ActivityStatus, Activity.status),
        "direction": Field(Direction, Activity.direction),
        "assignee_id": Field(UUID, Activity.assignee_id),
        "team_id": Field(UUID, Activity.team_id),
        "due_at": Field(datetime, Activity.due_at),
        "next_reminder_at": Field(datetime, Activity.next_reminder_at),
        "is_overdue": Field(bool, OVERDUE),
        "started_at": Field(datetime, Activity.started_at),
        "completed_at": Field(datetime, Activity.completed_at),
        "missed_at": Field(datetime, Activity.missed_at),
        "duration_s": Field(int, Activity.duration_s),
        "outcome": Field(str, Activity.outcome),
        "is_promise": Field(bool, Activity.is_promise),
        "channel": Field(str, Activity.channel),
        "agreed_at": Field(datetime, Activity.agreed_at),
        "reschedules": Field(int, Activity.reschedules),
        "contact_id": Field(UUID, Activity.contact_id, merges=True),
        "company_id": Field(UUID, Activity.company_id, merges=True),
        "deal_id": Field(UUID, Activity.deal_id),
        "lead_id": Field(UUID, Activity.lead_id),
        "contact_ids": Field(list[UUID], Activity.contact_ids, merges=True),
        "user_ids": Field(list[UUID], Activity.user_ids),
        "series_id": Field(UUID, Activity.series_id),
        "source_system": Field(str, Activity.source_system),
        "external_id": Field(str, Activity.external_id),
        "created_at": Field(datetime, Activity.created_at),
        "updated_at": Field(datetime, Activity.updated_at),
    }
)
SORT = ("created_at", "updated_at", "due_at", "completed_at")
LISTING = NounListing(
    FIELDS,
    sort=SORT,
    default="-created_at",
    noun="activity",
    model=Activity,
    book=None,
    shelf=SHELF,
)
