"""What lists of assignment rules can be filtered by, and what rules may ask of a new record."""

from datetime import datetime
from uuid import UUID

from crm_contacts import events
from crm_contacts.assignment_rules.models import AssignmentRule
from crm_shared.events.envelope import Event
from crm_shared.filters import Field, Fields, fields_of

FIELDS = Fields(
    {
        "id": Field(UUID, AssignmentRule.id),
        "name": Field(str, AssignmentRule.name),
        "noun": Field(str, AssignmentRule.noun),
        "how": Field(str, AssignmentRule.how),
        "is_active": Field(bool, AssignmentRule.is_active),
        "on_bulk": Field(bool, AssignmentRule.on_bulk),
        "priority": Field(int, AssignmentRule.priority),
        "created_at": Field(datetime, AssignmentRule.created_at),
        "updated_at": Field(datetime, AssignmentRule.updated_at),
    }
)
SORT = ("created_at", "updated_at", "priority", "name")
CREATED: dict[str, type[Event]] = {
    "contact": events.ContactCreated,
    "company": events.CompanyCreated,
    "lead": events.LeadCreated,
    "task": events.TaskCreated,
    "case": events.CaseCreated,
}
READABLE = {kind.type: fields_of(kind) for kind in CREATED.values()}
