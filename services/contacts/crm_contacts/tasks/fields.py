"""What lists of tasks can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, false, func

from crm_contacts.customs.catalogue import SHELF
from crm_contacts.tasks.models import Task, TaskPriority, TaskStatus
from crm_shared.filters import Field, Fields
from crm_shared.nouns.listing import NounListing

OVERDUE = func.coalesce(and_(Task.status == TaskStatus.OPEN, Task.due_at < func.now()), false())

FIELDS = Fields(
    {
        "id": Field(UUID, Task.id),
        "kind": Field(str, Task.kind),
        "status": Field(TaskStatus, Task.status),
        "priority": Field(TaskPriority, Task.priority),
        "assignee_id": Field(UUID, Task.assignee_id),
        "team_id": Field(UUID, Task.team_id),
        "due_at": Field(datetime, Task.due_at),
        "next_reminder_at": Field(datetime, Task.next_reminder_at),
        "escalated_at": Field(datetime, Task.escalated_at),
        "escalated_to_id": Field(UUID, Task.escalated_to_id),
        "is_overdue": Field(bool, OVERDUE),
        "completed_at": Field(datetime, Task.completed_at),
        "deal_id": Field(UUID, Task.deal_id),
        "contact_id": Field(UUID, Task.contact_id, merges=True),
        "company_id": Field(UUID, Task.company_id, merges=True),
        "lead_id": Field(UUID, Task.lead_id),
        "rule_id": Field(UUID, Task.rule_id),
        "source_event_id": Field(UUID, Task.source_event_id),
        "source_system": Field(str, Task.source_system),
        "external_id": Field(str, Task.external_id),
        "created_at": Field(datetime, Task.created_at),
        "updated_at": Field(datetime, Task.updated_at),
    }
)
SORT = ("created_at", "updated_at", "due_at")
LISTING = NounListing(
    FIELDS,
    sort=SORT,
    default="-created_at",
    noun="task",
    model=Task,
    book=None,
    shelf=SHELF,
)
