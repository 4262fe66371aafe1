"""Bodies of the assignment rules feature."""

from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crm_contacts.users.schemas import Name
from crm_shared.http.bodies import NOT_SENT

Noun: TypeAlias = Literal["contact", "company", "lead", "task", "case"]
How: TypeAlias = Literal["round_robin", "least_busy", "by_rating"]
Counted: TypeAlias = Literal["task", "lead", "activity", "case", "contact", "company"]
Limit: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]
People: TypeAlias = Annotated[list[UUID], Field(max_length=500)]


class AssignmentRuleChangeIn(BaseModel):
    """Fields that can be changed; what is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name = NOT_SENT
    noun: Noun = NOT_SENT
    how: How = NOT_SENT
    conditions: dict[str, Any] = Field(default={}, description="asked of the created event")
    user_ids: People = Field(default=[], description="whom it may choose, in this order")
    team_ids: People = Field(default=[], description="and the members of these teams")
    counts: Annotated[list[Counted], Field(min_length=1, max_length=5)] = Field(
        default=["task", "lead", "activity"], description="which open records are somebody's load"
    )
    per_user: Limit | None = Field(default=None, description="a load at which one is passed over")
    per_team: Limit | None = Field(default=None, description="the same for a whole first team")
    is_active: bool = True
    on_bulk: bool = Field(default=False, description="act on imports and mass changes too")
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0


class AssignmentRuleIn(AssignmentRuleChangeIn):
    """A new rule."""

    name: Name
    noun: Noun
    how: How


class AssignmentRuleOut(BaseModel):
    id: UUID
    revision: int
    name: str
    noun: Noun
    how: How
    conditions: dict[str, Any]
    user_ids: list[UUID]
    team_ids: list[UUID]
    counts: list[str]
    per_user: int | None
    per_team: int | None
    is_active: bool
    on_bulk: bool
    priority: int
    active_from: AwareDatetime
    created_at: AwareDatetime
    updated_at: AwareDatetime


class ApplyIn(BaseModel):
    """Records of the rule's noun to be given away now, whatever its conditions."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    only_unowned: bool = Field(default=True, description="leave alone what somebody owns")


class RunOut(BaseModel):
    """What the rule did with one record; `passed_over` tells why others did not get it."""

    record_id: UUID
    rule_version: int
    event_id: UUID | None
    owner_id: UUID | None
    reason: str
    passed_over: dict[str, str]
    at: AwareDatetime
