"""Bodies of the validations feature."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crm_shared.http.bodies import NOT_SENT

Name = Annotated[str, Field(min_length=1, max_length=200, examples=["No win without a call"])]
Sentence = Annotated[str, Field(min_length=1, max_length=500)]
Messages = dict[Literal["en", "uk", "ru"], Sentence]
Trigger = Literal["create", "stage", "outcome", "archive", "field"]
Tag = Annotated[str, Field(min_length=1, max_length=64)]
FieldName = Annotated[str, Field(min_length=1, max_length=64)]


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class FieldFilled(Body):
    check: Literal["field_filled"]
    field: FieldName


class OwnerPresent(Body):
    check: Literal["owner_present"]


class TaskPresent(Body):
    check: Literal["task_present"]
    state: Literal["any", "open", "done"] = "any"


class CallPresent(Body):
    check: Literal["call_present"]
    answered: bool = Field(default=True, description="False: a call that was tried is enough")


class ItemsAdded(Body):
    check: Literal["items_added"]
    at_least: Annotated[int, Field(ge=1, le=200)] = 1


class Holds(Body):
    check: Literal["holds"]
    conditions: dict[str, Any] = Field(description="A filter tree that the deal must pass")


class PaymentReceived(Body):
    check: Literal["payment_received"]
    percent: Annotated[int, Field(ge=1, le=100, description="Of the deal's amount")] = 100


class TagsPresent(Body):
    check: Literal["tags_present"]
    tags: Annotated[list[Tag], Field(min_length=1, max_length=50)]


class LimitPerUser(Body):
    check: Literal["limit_per_user"]
    at_most: Annotated[int, Field(ge=0, le=100_000, description="Other open deals of the owner")]
    within: Literal["all", "pipeline", "stage"] = "all"


Demand = Annotated[
    FieldFilled
    | OwnerPresent
    | TaskPresent
    | CallPresent
    | ItemsAdded
    | PaymentReceived
    | TagsPresent
    | Holds
    | LimitPerUser,
    Field(discriminator="check"),
]
Demands = Annotated[list[Demand], Field(max_length=20)]
StageIds = Annotated[list[UUID], Field(max_length=100)]
FieldNames = Annotated[list[FieldName], Field(max_length=50)]


class _Validation(Body):
    messages: Messages = Field(default_factory=dict, description="Why, in your own words")
    pipeline_id: UUID | None = Field(default=None, description="All pipelines when absent")
    stage_ids: StageIds = Field(default_factory=list, description="For `stage`; none: any stage")
    outcomes: list[Literal["open", "won", "lost"]] = Field(
        default_factory=list, description="For `outcome`; none: won and lost", max_length=3
    )
    fields: FieldNames = Field(default_factory=list, description="For `field`; none: any field")
    conditions: dict[str, Any] = Field(
        default_factory=dict, description="A filter tree: only deals that pass it are meant"
    )
    demands: Demands = Field(
        default_factory=list, description="What must be so; without any, the change is forbidden"
    )
    on_import: bool = True
    is_active: bool = True


class ValidationIn(_Validation):
    """What is forbidden, and unless what."""

    name: Name
    on: Annotated[list[Trigger], Field(min_length=1, max_length=5)]


class PatchValidationIn(_Validation):
    """Changes of a validation; what is not sent stays."""

    name: Name = NOT_SENT
    on: Annotated[list[Trigger], Field(min_length=1, max_length=5)] = NOT_SENT


class ValidationOut(BaseModel):
    """A validation."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    name: str
    messages: Messages
    pipeline_id: UUID | None
    on: list[Trigger]
    stage_ids: list[UUID]
    outcomes: list[str]
    fields: list[str]
    conditions: dict[str, Any]
    demands: list[Demand]
    on_import: bool
    is_active: bool
    created_at: datetime
    updated_at: datetime
    source_system: str | None
    external_id: str | None
