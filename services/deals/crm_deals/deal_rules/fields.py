"""What deal rules can be filtered by, which events they hear, and what they may ask of those."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel

from crm_deals import events
from crm_deals.deal_rules.models import DealRule
from crm_shared.events.envelope import Event
from crm_shared.filters import Field, Fields, fields_of
from crm_shared.http.pagination import listing

DEAL_RULE_LISTING = listing(
    Fields(
        {
            "id": Field(UUID, DealRule.id),
            "name": Field(str, DealRule.name),
            "event_type": Field(str, DealRule.event_type),
            "pipeline_id": Field(UUID, DealRule.pipeline_id),
            "is_active": Field(bool, DealRule.is_active),
            "on_bulk": Field(bool, DealRule.on_bulk),
            "priority": Field(int, DealRule.priority),
            "created_at": Field(datetime, DealRule.created_at),
            "source_system": Field(str, DealRule.source_system),
            "external_id": Field(str, DealRule.external_id),
        }
    ),
    sort=("priority", "created_at", "name"),
    default="priority",
)


class Lead(BaseModel):
    """What a rule may ask of the lead."""

    owner_id: UUID | None
    status: str
    source: str | None
    channel: str | None
    score: int


class LeadChange(BaseModel):
    """A lead, and the deal it became."""

    lead: Lead
    amount: Decimal | None
    pipeline_id: UUID | None


class Task(BaseModel):
    """What a rule may ask of the task."""

    owner_id: UUID | None
    kind: str
    status: str
    rule_id: UUID | None


class TaskChange(BaseModel):
    """A task about a deal."""

    task: Task
    changed: list[str]


class Call(BaseModel):
    """What a rule may ask of the call."""

    owner_id: UUID | None
    direction: str
    answered: bool | None
    duration_s: int | None


class CallChange(BaseModel):
    """A call about a deal; a missed one is inbound and not answered."""

    call: Call
    changed: list[str]


class Activity(BaseModel):
    """What a rule may ask of the activity."""

    owner_id: UUID | None
    kind: str
    status: str
    outcome: str | None
    is_promise: bool


class ActivityChange(BaseModel):
    """An activity about a deal."""

    activity: Activity
    changed: list[str]


class Message(BaseModel):
    """What a rule may ask of the message."""

    owner_id: UUID | None
    channel: str
    status: str
    purpose: str | None
    reason: str | None


class MessageChange(BaseModel):
    """A message about a deal."""

    message: Message


def _own() -> Iterator[tuple[str, Fields]]:
    """Yield what is said here of deals, and of all that belongs to one."""
    for kind in vars(events).values():
        if not (isinstance(kind, type) and issubclass(kind, Event) and kind.type):
            continue
        noun = kind.type.split(".")[2]
        facts = kind.model_fields[noun].annotation if noun in kind.model_fields else None
        if not (isinstance(facts, type) and issubclass(facts, BaseModel)):
            continue
        if noun == "deal" or "deal_id" in facts.model_fields:
            yield kind.type, fields_of(kind)


READABLE: dict[str, Fields] = {
    **dict(_own()),
    "crm.contacts.lead.converted.v1": fields_of(LeadChange),
    **dict.fromkeys(
        [f"crm.contacts.task.{fact}.v1" for fact in ("created", "completed", "cancelled")],
        fields_of(TaskChange),
    ),
    **dict.fromkeys(
        [f"crm.contacts.call.{fact}.v1" for fact in ("logged", "updated")], fields_of(CallChange)
    ),
    **dict.fromkeys(
        [f"crm.contacts.activity.{fact}.v1" for fact in ("completed", "missed", "cancelled")],
        fields_of(ActivityChange),
    ),
    **dict.fromkeys(
        [f"crm.notifications.message.{fact}.v1" for fact in ("sent", "failed", "unknown")],
        fields_of(MessageChange),
    ),
}
