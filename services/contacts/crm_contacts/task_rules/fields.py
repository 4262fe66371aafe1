"""What lists of task rules can be filtered by, and what rules may ask of events."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from crm_contacts import events
from crm_contacts.task_rules.models import TaskRule
from crm_shared.events.envelope import Event
from crm_shared.filters import Field, Fields, fields_of

FIELDS = Fields(
    {
        "id": Field(UUID, TaskRule.id),
        "name": Field(str, TaskRule.name),
        "event_type": Field(str, TaskRule.event_type),
        "is_active": Field(bool, TaskRule.is_active),
        "on_bulk": Field(bool, TaskRule.on_bulk),
        "priority": Field(int, TaskRule.priority),
        "created_at": Field(datetime, TaskRule.created_at),
        "updated_at": Field(datetime, TaskRule.updated_at),
    }
)
SORT = ("created_at", "updated_at", "priority", "name")


class LineItem(BaseModel):
    """What a rule may ask of one line of a deal."""

    product_id: UUID | None = None
    category: str | None = None
    sale_kind: str | None = None


class Deal(BaseModel):
    """What a rule may ask of the deal."""

    owner_id: UUID | None
    team_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    pipeline_id: UUID
    stage_id: UUID
    stage_label: str | None = None
    outcome: str
    probability: Decimal | None = None
    amount: Decimal | None = None
    currency: str | None = None
    expected_close_date: date | None = None
    channel: str | None = None
    source: str | None = None
    reason_id: UUID | None = None
    reason_group: str | None = None
    reason_department: str | None = None
    tags: list[str] = []
    line_items: list[LineItem] = []
    # what a rule may ask of them, the definitions say
    custom_fields: dict[str, Any] = {}


class Stage(BaseModel):
    """What a rule may ask of a stage."""

    id: UUID
    label: str | None = None
    position: int | None = None
    outcome: str


class StageChange(BaseModel):
    """A deal entered a stage from another."""

    deal: Deal
    from_stage: Stage
    to_stage: Stage
    reopened: bool = False


class Creation(BaseModel):
    """A deal entered its first stage."""

    deal: Deal


# Event types that rules may react to, and the fields their conditions may name.
OF_DEALS = {
    "crm.deals.deal.stage_changed.v1": fields_of(StageChange),
    "crm.deals.deal.created.v1": fields_of(Creation),
}
CLIENTS = frozenset({"lead", "case", "call", "activity", "task", "contact", "company"})
# what was put away or emptied is nothing to act on
ENDED = frozenset({"deleted", "erased"})
OF_CLIENTS = {
    kind.type: fields_of(kind)
    for kind in vars(events).values()
    if isinstance(kind, type)
    and issubclass(kind, Event)
    and kind.type
    and kind.type.split(".")[2] in CLIENTS
    and kind.type.split(".")[3] not in ENDED
}
READABLE = {**OF_DEALS, **OF_CLIENTS}
