"""Parts of bodies about validations: the demands that are the same of every record."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=200, examples=["No win without a call"])]
Sentence = Annotated[str, Field(min_length=1, max_length=500)]
Messages = dict[Literal["en", "uk", "ru"], Sentence]
Tag = Annotated[str, Field(min_length=1, max_length=64)]
FieldName = Annotated[str, Field(min_length=1, max_length=64)]
Limit = Annotated[int, Field(ge=0, le=100_000)]


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


CommonDemand = FieldFilled | OwnerPresent | TaskPresent | CallPresent | TagsPresent | Holds


class ValidationFields(Body):
    """What every validation says, whatever it is of."""

    messages: Messages = Field(default_factory=dict, description="Why, in your own words")
    fields: Annotated[list[FieldName], Field(max_length=50)] = Field(
        default_factory=list, description="For `field`; none: any field"
    )
    conditions: dict[str, Any] = Field(
        default_factory=dict, description="A filter tree: only records that pass it are meant"
    )
    on_import: bool = Field(default=True, description="Imports and other mass changes as well")
    is_active: bool = True


class ValidationShown(BaseModel):
    """What is shown of every validation, whatever it is of."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    name: str
    messages: Messages
    outcomes: list[str]
    fields: list[str]
    conditions: dict[str, Any]
    on_import: bool
    is_active: bool
    created_at: datetime
    updated_at: datetime
    source_system: str | None
    external_id: str | None
