"""Bodies of the message rules feature."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from crm_notifications.channels.rules import Channel, Purpose
from crm_notifications.templates.schemas import left_out

RuleName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
THREE_DAYS = 3 * 24 * 3600
A_YEAR = 366 * 24 * 3600
Seconds = Annotated[int, Field(ge=60, le=A_YEAR)]
Priority = Annotated[int, Field(ge=-1000, le=1000)]
EventType = Annotated[str, StringConstraints(max_length=100)]


class To(StrEnum):
    """Who gets a rule's message."""

    CLIENT = "client"
    OWNER = "owner"
    TEAM_HEAD = "team_head"
    USER = "user"


class MessageRuleIn(BaseModel):
    """A new rule."""

    model_config = ConfigDict(extra="forbid")

    name: RuleName
    event_type: EventType = Field(examples=["crm.deals.deal.stage_changed.v1"])
    conditions: dict[str, Any] = Field(
        default={}, examples=[{"field": "to_stage.outcome", "op": "eq", "value": "won"}]
    )
    template_id: UUID
    recipient: To
    recipient_user_id: UUID | None = None
    channel: Channel = Channel.EMAIL
    purpose: Purpose = Purpose.SERVICE
    expires_after_s: Seconds = THREE_DAYS
    is_active: bool = True
    active_from: AwareDatetime | None = Field(default=None, description="Now when absent")
    on_bulk: bool = Field(default=False, description="Also act on imports and mass changes")
    priority: Priority = 0
    source_system: str | None = Field(default=None, max_length=64)
    external_id: str | None = Field(default=None, max_length=200)


class MessageRuleChangeIn(BaseModel):
    """What changes of a rule."""

    model_config = ConfigDict(extra="forbid")

    name: RuleName = left_out()
    event_type: EventType = left_out()
    conditions: dict[str, Any] = left_out()
    template_id: UUID = left_out()
    recipient: To = left_out()
    recipient_user_id: UUID | None = None
    channel: Channel = left_out()
    purpose: Purpose = left_out()
    expires_after_s: Seconds = left_out()
    is_active: bool = left_out()
    active_from: AwareDatetime = left_out()
    on_bulk: bool = left_out()
    priority: Priority = left_out()


class MessageRuleOut(BaseModel):
    """A rule; its revision is the version that the run log names."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    name: str
    event_type: str
    conditions: dict[str, Any]
    template_id: UUID
    recipient: str
    recipient_user_id: UUID | None
    channel: str
    purpose: str
    expires_after_s: int
    is_active: bool
    active_from: datetime
    on_bulk: bool
    priority: int
    source_system: str | None
    external_id: str | None
    created_at: datetime
    updated_at: datetime


class RunOut(BaseModel):
    """What a rule did with one event, or why it did nothing."""

    model_config = ConfigDict(from_attributes=True)

    rule_version: int
    event_id: UUID
    subject_id: UUID
    outcome: str
    reason: str | None
    ran_at: datetime


class EventTypeOut(BaseModel):
    """An event that a rule can wait for."""

    event_type: str
    fields: list[str]
