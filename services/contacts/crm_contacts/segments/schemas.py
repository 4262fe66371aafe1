"""Bodies of the segments feature."""

from datetime import datetime
from typing import Annotated, Any, Self, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from crm_contacts.segments.rules import Kind, SegmentNoun
from crm_shared.http.bodies import NOT_SENT

# as of every batch: locks are held until all of them are in
MAX_MEMBERS = 500
Name: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
]
Words: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Ids: TypeAlias = Annotated[list[UUID], Field(max_length=MAX_MEMBERS)]
Rule: TypeAlias = Annotated[
    dict[str, Any],
    Field(
        description="and/or/not over {field, op, value}: the noun's fields, `custom.<key>`, and "
        "figures such as `abc_class`, `lifetime_value`, `days_since_purchase` and `won_sum.UAH`",
        examples=[{"field": "days_since_purchase", "op": "gt", "value": 90}],
    ),
]


class SegmentChangeIn(BaseModel):
    """Fields that can be changed; what is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name = NOT_SENT
    description: Words | None = None
    filter: Rule = NOT_SENT
    owner_id: UUID | None = None
    team_id: UUID | None = None
    is_active: bool = True


class SegmentIn(SegmentChangeIn):
    """A new segment; one by `rule` needs a `filter`, a `static` one has none."""

    name: Name
    noun: SegmentNoun = "contact"
    kind: Kind = "static"


class SegmentOut(BaseModel):
    id: UUID
    revision: int
    name: str
    description: str | None
    noun: str
    kind: str
    filter: dict[str, Any] | None
    rule_version: int = Field(description="Counts changes of the rule; 0 without one")
    owner_id: UUID | None
    team_id: UUID | None
    is_active: bool
    created_at: datetime
    updated_at: datetime


class MembersIn(BaseModel):
    """Who is to be put in and taken out; both at once are one change."""

    model_config = ConfigDict(extra="forbid")

    add: Ids = []
    remove: Ids = []
    atomic: bool = Field(default=True, description="False: what is not there is listed, and left")

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.add and not self.remove:
            raise ValueError("name somebody to add or to remove")
        if set(self.add) & set(self.remove):
            raise ValueError("nobody can be added and removed at once")
        return self


class MembersChangedOut(BaseModel):
    """What became of each: came, went, was so already, or is not there."""

    added: list[UUID]
    removed: list[UUID]
    unchanged: list[UUID]
    not_found: list[UUID]


class MemberOut(BaseModel):
    """Somebody in a segment; of a merged record, its survivor."""

    id: UUID = Field(description="Of this stay: who left and came back has another one")
    member_id: UUID
    since: datetime
    until: datetime | None
    rule_version: int = Field(description="Of the rule by which he came; 0: by hand")


class EvaluationOut(BaseModel):
    """When the rule was last asked of every record, and what hindered it."""

    due_at: datetime
    evaluated_at: datetime | None
    evaluated_version: int | None
    problem: str | None
