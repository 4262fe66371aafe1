"""What a rule may wait for, and what its conditions may ask of each event."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel

from crm_notifications.message_rules.models import MessageRule
from crm_shared.events.envelope import ForeignEvent
from crm_shared.filters import Field, Fields, fields_of


class Deal(BaseModel):
    """What rules read of a deal."""

    owner_id: UUID | None
    team_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    pipeline_id: UUID
    stage_id: UUID
    stage_label: str
    outcome: str
    probability: Decimal | None
    amount: Decimal | None
    currency: str
    expected_close_date: date | None
    channel: str | None
    source: str | None
    reason_id: UUID | None
    reason_group: str | None = None
    reason_department: str | None = None
    tags: list[str] = []
    won_at: datetime | None
    lost_at: datetime | None


class Stage(BaseModel):
    """A stage as a move names it."""

    id: UUID
    label: str
    outcome: str


class Contact(BaseModel):
    """What rules read of a contact."""

    owner_id: UUID | None
    team_id: UUID | None
    company_id: UUID | None
    source: str | None
    channel: str | None
    language: str | None
    has_email: bool
    tags: list[str]


class Task(BaseModel):
    """What rules read of a task."""

    owner_id: UUID | None
    team_id: UUID | None
    kind: str
    status: str
    due_at: datetime | None
    deal_id: UUID | None
    contact_id: UUID | None


class DealCreated(ForeignEvent, type="crm.deals.deal.created.v1"):
    """A deal was made."""

    deal: Deal


class DealUpdated(ForeignEvent, type="crm.deals.deal.updated.v1"):
    """A deal was changed."""

    deal: Deal
    changed: list[str]


class DealStageChanged(ForeignEvent, type="crm.deals.deal.stage_changed.v1"):
    """A deal moved from one stage to another."""

    deal: Deal
    from_stage: Stage
    to_stage: Stage
    reopened: bool


class ContactCreated(ForeignEvent, type="crm.contacts.contact.created.v1"):
    """A contact was made."""

    contact: Contact


class ContactUpdated(ForeignEvent, type="crm.contacts.contact.updated.v1"):
    """A contact was changed."""

    contact: Contact
    changed: list[str]


class TaskCreated(ForeignEvent, type="crm.contacts.task.created.v1"):
    """Somebody got something to do."""

    task: Task


class TaskCompleted(ForeignEvent, type="crm.contacts.task.completed.v1"):
    """Something was done."""

    task: Task


class Digest(BaseModel):
    """What rules read of a summary of what somebody has not read."""

    owner_id: UUID | None
    team_id: UUID | None
    every: str
    unread: int


class DigestDue(ForeignEvent, type="crm.notifications.digest.due.v1"):
    """It is time to tell a colleague what he has not read."""

    digest: Digest


READABLE: Mapping[str, type[ForeignEvent]] = {
    event.type: event
    for event in (
        DealCreated,
        DealUpdated,
        DealStageChanged,
        ContactCreated,
        ContactUpdated,
        TaskCreated,
        TaskCompleted,
        DigestDue,
    )
}

FIELDS: Mapping[str, Fields] = {type_: fields_of(event) for type_, event in READABLE.items()}
RULES_LISTED = Fields(
    {
        "id": Field(UUID, MessageRule.id),
        "name": Field(str, MessageRule.name),
        "event_type": Field(str, MessageRule.event_type),
        "is_active": Field(bool, MessageRule.is_active),
        "template_id": Field(UUID, MessageRule.template_id),
        "recipient": Field(str, MessageRule.recipient),
        "created_at": Field(datetime, MessageRule.created_at),
        "updated_at": Field(datetime, MessageRule.updated_at),
    }
)
