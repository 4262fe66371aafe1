"""What a rule may wait for, and what its conditions may ask of each event."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, create_model

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
    client_class: str | None = None
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


class Invoice(BaseModel):
    """What rules read of an invoice."""

    owner_id: UUID | None
    team_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    deal_id: UUID | None
    kind: str
    status: str
    currency: str
    total: Decimal
    due: Decimal
    issue_date: date
    due_date: date | None
    is_disputed: bool


class Activity(BaseModel):
    """What rules read of a meeting, a call or a letter."""

    owner_id: UUID | None
    team_id: UUID | None
    contact_id: UUID | None
    deal_id: UUID | None
    kind: str
    status: str
    direction: str | None
    due_at: datetime | None
    outcome: str | None
    is_promise: bool
    reschedules: int


class Case(BaseModel):
    """What rules read of a case."""

    owner_id: UUID | None
    team_id: UUID | None
    contact_id: UUID | None
    deal_id: UUID | None
    channel: str | None
    topic: str | None
    priority: str
    status: str
    outcome: str | None
    reopened_count: int
    tags: list[str]


class Lead(BaseModel):
    """What rules read of a lead."""

    owner_id: UUID | None
    team_id: UUID | None
    contact_id: UUID | None
    deal_id: UUID | None
    status: str
    source: str | None
    channel: str | None
    score: int
    tags: list[str]


class Wish(BaseModel):
    """What rules read of somebody's wish for a product."""

    owner_id: UUID | None
    team_id: UUID | None
    contact_id: UUID
    product_id: UUID
    category: str | None


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


class Report(BaseModel):
    """What rules read of a report that waits for its reader."""

    owner_id: UUID | None
    team_id: UUID | None
    report: str
    format: str
    language: str


class ReportDue(ForeignEvent, type="crm.reporting.report.due.v1"):
    """It is time to send a colleague the link to a report."""

    report: Report


def shown_as(noun: str, model: type[BaseModel], **more: Any) -> type[BaseModel]:
    """An event, as far as conditions go, that shows its record under the record's name."""
    shown: dict[str, Any] = {noun: (model, ...), **more}
    return create_model(f"Shown{noun}", **shown)


def _told(of: str, noun: str, model: type[BaseModel], *facts: str) -> dict[str, type[BaseModel]]:
    """Events that tell nothing but their record's snapshot and what of it changed."""
    told = shown_as(noun, model, changed=(list[str], ...))
    return {f"crm.{of}.{noun}.{fact}.v1": told for fact in facts}


READABLE: Mapping[str, type[BaseModel]] = {
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
        ReportDue,
    )
} | {
    **_told("deals", "deal", Deal, "rotting", "overdue", "without_next_step"),
    **_told("deals", "invoice", Invoice, "issued", "paid", "overdue", "voided"),
    **_told("deals", "product_wish", Wish, "fulfilled"),
    **_told(
        "contacts",
        "activity",
        Activity,
        *("created", "rescheduled", "completed", "missed", "cancelled"),
    ),
    **_told("contacts", "case", Case, "created", "waiting", "solved", "closed", "reopened"),
    **_told("contacts", "lead", Lead, "created", "assigned", "qualified", "overdue"),
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
