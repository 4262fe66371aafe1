"""Bodies of the message rules feature."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_serializer,
)
from pydantic_core import to_jsonable_python

from crm_notifications.channels.rules import Channel, Purpose
from crm_notifications.sequences.rules import Stop
from crm_notifications.templates.schemas import left_out

RuleName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
THREE_DAYS = 3 * 24 * 3600
A_YEAR = 366 * 24 * 3600
Seconds = Annotated[int, Field(ge=60, le=A_YEAR)]
Priority = Annotated[int, Field(ge=-1000, le=1000)]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["09:00"])]
EventType = Annotated[str, StringConstraints(max_length=100)]


class To(StrEnum):
    """Who gets a rule's message."""

    CLIENT = "client"
    PARTICIPANTS = "participants"
    OWNER = "owner"
    TEAM_HEAD = "team_head"
    USER = "user"


class TimingIn(BaseModel):
    """Of rules by time: whose day, how long before or after it, at what o'clock."""

    model_config = ConfigDict(extra="forbid")

    field: str | None = Field(
        default=None,
        max_length=100,
        examples=["deal.expected_close_date"],
        description="`time.before_date`: which day, see `/event-types`",
    )
    about: Literal["contact", "deal"] | None = Field(
        default=None, description="`time.no_answer`: clients, or open deals"
    )
    days: int | None = Field(
        default=None,
        ge=-365,
        le=365,
        description="Before the day, after it when below nothing; of `time.no_answer` of silence",
    )
    working: bool = Field(default=False, description="`time.no_answer`: only working days count")
    at: Clock = Field(default="09:00", description="By the recipient's clock, else the company's")


class WaitIn(BaseModel):
    """How long to wait: by the clock, or with `working` in working days and hours alone."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(default=0, ge=0, le=365)
    hours: int = Field(default=0, ge=0, le=1000)
    minutes: int = Field(default=0, ge=0, le=60_000)
    working: bool = False


class StepIn(BaseModel):
    """A letter that follows: how long after the one before it, and what of the rule is not so."""

    model_config = ConfigDict(extra="forbid")

    wait: WaitIn
    template_id: UUID
    channel: Channel | None = Field(default=None, description="The rule's when null")
    recipient: To | None = Field(default=None, description="The rule's when null")
    recipient_user_id: UUID | None = None


class _Letters(BaseModel):
    """What of a rule is kept as it was said."""

    @field_serializer("timing", "wait", "steps", check_fields=False)
    def _as_json(self, said: Any) -> Any:
        return to_jsonable_python(said)


class MessageRuleIn(_Letters):
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
    survey_id: UUID | None = Field(
        default=None, description="What the first letter asks: `survey.url` leads there"
    )
    timing: TimingIn | None = Field(default=None, description="Of rules by time alone")
    wait: WaitIn | None = Field(default=None, description="Before the first letter")
    steps: Annotated[list[StepIn], Field(max_length=20)] = Field(
        default=[], description="Letters that follow the first one"
    )
    stop_on: list[Stop] = Field(
        default=[*Stop], description="What ends it early; refusing such letters always does"
    )
    is_active: bool = True
    active_from: AwareDatetime | None = Field(default=None, description="Now when absent")
    on_bulk: bool = Field(default=False, description="Also act on imports and mass changes")
    priority: Priority = 0
    source_system: str | None = Field(default=None, max_length=64)
    external_id: str | None = Field(default=None, max_length=200)


class MessageRuleChangeIn(_Letters):
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
    survey_id: UUID | None = None
    timing: TimingIn | None = None
    wait: WaitIn | None = None
    steps: Annotated[list[StepIn], Field(max_length=20)] = left_out()
    stop_on: list[Stop] = left_out()
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
    survey_id: UUID | None
    timing: dict[str, Any] | None
    wait: dict[str, Any] | None
    steps: list[dict[str, Any]]
    stop_on: list[str]
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
    """An event that a rule can wait for, or one of the moments that come by themselves."""

    event_type: str
    fields: list[str] = Field(description="What conditions may ask")
    days: list[str] = Field(default=[], description="Of `time.before_date`: what `field` may be")
