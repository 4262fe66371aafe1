"""Bodies of the deal rules feature."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from crm_deals.deal_rules.rules import COPYABLE, DAYS
from crm_deals.deals.schemas import PatchDealIn
from crm_deals.events import Quantity, SaleKind
from crm_deals.lines.schemas import Price
from crm_shared.http.bodies import NOT_SENT

Name = Annotated[str, Field(min_length=1, max_length=200, examples=["Big deals to the head"])]
EventType = Annotated[
    str,
    Field(max_length=100, examples=["crm.deals.deal.stage_changed.v1"], description="Or `time`"),
]
Days = Annotated[int, Field(ge=-3650, le=3650)]


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class SetOwner(Body):
    """Give the deal to somebody, or to nobody."""

    do: Literal["set_owner"]
    owner_id: UUID | None


class Assign(Body):
    """Give the deal to one of several: in turn, whoever has least to do, or the team's head."""

    do: Literal["assign"]
    how: Literal["round_robin", "least_busy", "team_head"]
    team_id: UUID | None = Field(default=None, description="The deal's own team when absent")
    user_ids: Annotated[list[UUID], Field(max_length=200)] = Field(
        default_factory=list, description="Instead of a team"
    )


class Move(Body):
    """Put the deal into a stage, of another pipeline if need be; requirements are checked."""

    do: Literal["move"]
    stage_id: UUID
    reason_id: UUID | None = None
    reopen: bool = False


class Archive(Body):
    """Put the deal away."""

    do: Literal["archive"]


class Copy(Body):
    """Copy one field into another of its kind."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, serialize_by_alias=True)

    do: Literal["copy"]
    source: Annotated[str, Field(alias="from")]
    to: str

    @model_validator(mode="after")
    def _kinds_agree(self) -> Self:
        kind = COPYABLE.get(self.source)
        if kind is None or COPYABLE.get(self.to) != kind:
            raise ValueError(f"these can be copied within their kind: {COPYABLE}")
        return self


class Fill(Body):
    """Give a field a value, or a day counted from the event's day."""

    do: Literal["fill"]
    field: str
    value: Any = None
    in_days: Days | None = None
    only_if_empty: bool = False

    @model_validator(mode="after")
    def _value_fits(self) -> Self:
        if self.in_days is not None:
            if self.field != "expected_close_date":
                raise ValueError("in_days is for expected_close_date")
            return self
        try:
            PatchDealIn.model_validate({self.field: self.value})
        except ValidationError as unfit:
            raise ValueError(f"{self.field}: {unfit.errors()[0]['msg']}") from unfit
        return self


class AddLine(Body):
    """Add a product to the deal."""

    do: Literal["add_line"]
    product_id: UUID
    quantity: Annotated[Quantity, Field(gt=0)] = Decimal(1)
    unit_price: Price | None = None
    sale_kind: SaleKind = "base"


class SetDiscount(Body):
    """Give every line of the deal this discount."""

    do: Literal["set_discount"]
    percent: Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]


class CreateInvoice(Body):
    """Draw an invoice of the deal's lines up, as a draft or issued at once."""

    do: Literal["create_invoice"]
    status: Literal["draft", "issued"] = "draft"
    due_in_days: Annotated[int, Field(ge=0, le=3650)] | None = None


class CreatePayment(Body):
    """Book a payment or an expense of the deal: a sum, or a part of the deal's amount."""

    do: Literal["create_payment"]
    kind: Literal["payment", "expense"] = "payment"
    amount: Price | None = Field(default=None, description="The deal's when absent")
    percent: Annotated[int, Field(ge=1, le=100)] | None = None
    account: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    category: Annotated[str, Field(min_length=1, max_length=64)] | None = None


Action = Annotated[
    SetOwner
    | Assign
    | Move
    | Archive
    | Copy
    | Fill
    | AddLine
    | SetDiscount
    | CreateInvoice
    | CreatePayment,
    Field(discriminator="do"),
]
Actions = Annotated[list[Action], Field(min_length=1, max_length=20)]


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
