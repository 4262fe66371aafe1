"""Bodies of the deal rules feature."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from crm_deals.deal_rules.rules import DAYS
from crm_deals.deal_rules.schemas.actions import Action, Actions, Body, Days
from crm_shared.http.bodies import NOT_SENT

Name = Annotated[str, Field(min_length=1, max_length=200, examples=["Big deals to the head"])]
EventType = Annotated[
    str,
    Field(max_length=100, examples=["crm.deals.deal.stage_changed.v1"], description="Or `time`"),
]


class OnDate(Body):
    """So many days after a date of the deal; before it when negative."""

    kind: Literal["date"]
    field: str
    days: Days = 0

    @model_validator(mode="after")
    def _is_a_date(self) -> Self:
        if self.field not in DAYS:
            raise ValueError(f"field is one of {', '.join(DAYS)}")
        return self


class OnSilence(Body):
    """No task, call, activity or move of an open deal for so many days."""

    kind: Literal["idle"]
    days: Annotated[int, Field(ge=1, le=3650)]


class OnDay(Body):
    """Every day from this time on, where the company works."""

    kind: Literal["daily"]
    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["09:00"])]


Schedule = Annotated[OnDate | OnSilence | OnDay, Field(discriminator="kind")]


class _Rule(Body):
    pipeline_id: UUID | None = Field(default=None, description="All pipelines when absent")
    conditions: dict[str, Any] = Field(
        default_factory=dict,
        description="A filter tree over the event, or over the deal for `time`",
        examples=[{"field": "deal.amount", "op": "gte", "value": "100000"}],
    )
    schedule: Schedule | None = Field(default=None, description="With `time`")
    is_active: bool = True
    on_bulk: bool = Field(default=False, description="Act on imports and mass changes too")
    priority: Annotated[int, Field(ge=-1000, le=1000)] = Field(
        default=0, description="Lower acts first"
    )
    active_from: AwareDatetime | None = None


class DealRuleIn(_Rule):
    """When, if what, then what."""

    name: Name
    event_type: EventType
    actions: Actions


class PatchDealRuleIn(_Rule):
    """Changes of a rule; what is not sent stays."""

    name: Name = NOT_SENT
    event_type: EventType = NOT_SENT
    actions: Actions = NOT_SENT
    active_from: AwareDatetime = NOT_SENT


def stored(body: DealRuleIn | PatchDealRuleIn) -> dict[str, Any]:
    """Return what was sent as the rule keeps it: schedule and actions as plain JSON."""
    is_patch = isinstance(body, PatchDealRuleIn)
    values = body.model_dump(exclude_unset=is_patch, exclude={"actions", "schedule"})
    if "schedule" in body.model_fields_set or not is_patch:
        values["schedule"] = body.schedule.model_dump(mode="json") if body.schedule else None
    if "actions" in body.model_fields_set:
        values["actions"] = [one.model_dump(mode="json") for one in body.actions]
    return values


class DealRuleOut(BaseModel):
    """A deal rule; its revision is the version that the run log names."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    name: str
    event_type: str
    pipeline_id: UUID | None
    conditions: dict[str, Any]
    schedule: Schedule | None
    actions: list[Action]
    is_active: bool
    active_from: datetime
    on_bulk: bool
    priority: int
    created_at: datetime
    updated_at: datetime
    source_system: str | None
    external_id: str | None


class RunOut(BaseModel):
    """What a rule did with an event or a moment, or why it did nothing."""

    model_config = ConfigDict(from_attributes=True)

    rule_version: int
    event_id: UUID
    deal_id: UUID | None
    occurrence: str | None
    outcome: Literal["done", "skipped"]
    reason: str | None
    depth: int
    ran_at: datetime


class TryIn(Body):
    """On which deal to try a rule; `event` stands for the data of the event it waits for."""

    deal_id: UUID
    event: dict[str, Any] | None = None


class PreviewIn(TryIn):
    """A rule that is not kept yet, and the deal to try it on."""

    rule: DealRuleIn


class FaultOut(BaseModel):
    """What is missing, and where."""

    model_config = ConfigDict(from_attributes=True)

    pointer: str
    code: str
    detail: str


class ChangeOut(BaseModel):
    """A field before and after."""

    field: str
    before: Any
    after: Any


class TrialOut(BaseModel):
    """What a rule would do to a deal; nothing of it was done."""

    conditions_hold: bool
    would_act: bool
    archives: bool
    reason: str | None = Field(description="Why it would do nothing")
    errors: list[FaultOut]
    changes: list[ChangeOut]
    due_now: int | None = Field(description="By time: on how many deals it would act now")
