"""Bodies of the validations feature."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crm_shared.http.bodies import NOT_SENT

Name = Annotated[str, Field(min_length=1, max_length=200, examples=["No lead without an owner"])]
Sentence = Annotated[str, Field(min_length=1, max_length=500)]
Messages = dict[Literal["en", "uk", "ru"], Sentence]
NounName = Literal["contact", "company", "lead", "case"]
Trigger = Literal["create", "stage", "outcome", "archive", "merge", "field"]
Triggers = Annotated[list[Trigger], Field(min_length=1, max_length=6)]
Outcome = Literal["converted", "disqualified", "success", "failure"]
Tag = Annotated[str, Field(min_length=1, max_length=64)]
FieldName = Annotated[str, Field(min_length=1, max_length=64)]
StageName = Annotated[str, Field(min_length=1, max_length=100)]


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


class Holds(Body):
    check: Literal["holds"]
    conditions: dict[str, Any] = Field(description="A filter tree that the record must pass")


class TagsPresent(Body):
    check: Literal["tags_present"]
    tags: Annotated[list[Tag], Field(min_length=1, max_length=50)]


class LimitPerUser(Body):
    check: Literal["limit_per_user"]
    at_most: Annotated[
        int,
        Field(ge=0, le=100_000, description="Others of the owner; of leads and cases open ones"),
    ]
    within: Literal["all", "stage"] = "all"


Demand = Annotated[
    FieldFilled | OwnerPresent | TaskPresent | CallPresent | TagsPresent | Holds | LimitPerUser,
    Field(discriminator="check"),
]


class _Validation(Body):
    messages: Messages = Field(default_factory=dict, description="Why, in your own words")
    stages: Annotated[list[StageName], Field(max_length=100)] = Field(
        default_factory=list,
        description="For `stage`: lifecycle stages of clients, statuses of leads and cases;"
        " none: any",
    )
    outcomes: Annotated[list[Outcome], Field(max_length=4)] = Field(
        default_factory=list,
        description="For `outcome`: leads are converted or disqualified, cases end in success or"
        " failure; none: any",
    )
    fields: Annotated[list[FieldName], Field(max_length=50)] = Field(
        default_factory=list, description="For `field`; none: any field"
    )
    conditions: dict[str, Any] = Field(
        default_factory=dict, description="A filter tree: only records that pass it are meant"
    )
    demands: Annotated[list[Demand], Field(max_length=20)] = Field(
        default_factory=list, description="What must be so; without any, the change is forbidden"
    )
    on_import: bool = Field(default=True, description="Imports and other mass changes as well")
    is_active: bool = True


class ValidationIn(_Validation):
    """What is forbidden, and unless what."""

    name: Name
    noun: NounName
    on: Triggers


class PatchValidationIn(_Validation):
    """Changes of a validation; what is not sent stays."""

    name: Name = NOT_SENT
    noun: NounName = NOT_SENT
    on: Triggers = NOT_SENT


class ValidationOut(BaseModel):
    """A validation."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    name: str
    messages: Messages
    noun: NounName
    on: list[Trigger]
    stages: list[str]
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
