"""Bodies of the approval policies feature."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, model_validator

from crm_shared.actor import Role
from crm_shared.http.bodies import NOT_SENT
from crm_shared.money import plain

Name = Annotated[str, Field(min_length=1, max_length=200, examples=["Discounts above 15 %"])]
Percent = Annotated[
    Decimal,
    Field(ge=0, le=100, max_digits=5, decimal_places=2, allow_inf_nan=False, examples=["15.00"]),
    PlainSerializer(plain, return_type=str, when_used="json"),
]


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Approver(Body):
    """Who is asked: a user, everybody of a role, or the head of the deal's team."""

    user_id: UUID | None = None
    substitute_id: UUID | None = Field(
        default=None, description="Asked instead when the user does not work here any more"
    )
    role: Role | None = None
    team_head: bool = False

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if sum([self.user_id is not None, self.role is not None, self.team_head]) != 1:
            raise ValueError("name a user_id, a role, or team_head: one of them")
        return self


Approvers = Annotated[list[Approver], Field(min_length=1, max_length=50)]


class Step(Body):
    """One round of asking: `quorum` of the approvers have to consent."""

    approvers: Approvers
    quorum: Annotated[int, Field(ge=1, le=50)] = 1
    deadline_hours: Annotated[int, Field(ge=1, le=8760)] | None = None
    on_deadline: Literal["expire", "escalate"] = "expire"
    escalate_to: list[Approver] = Field(
        default_factory=list, max_length=50, description="Administrators when empty"
    )

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        # of a role there may be any number; users and the head are as many as are named
        is_counted = not any(one.role for one in self.approvers)
        if is_counted and self.quorum > len(self.approvers):
            raise ValueError("the quorum is higher than the number of approvers")
        return self


Steps = Annotated[list[Step], Field(min_length=1, max_length=10)]


class _Policy(Body):
    pipeline_id: UUID | None = Field(default=None, description="All pipelines when absent")
    stage_ids: list[UUID] = Field(
        default_factory=list, max_length=100, description="For `stage`; none: any stage"
    )
    limit_percent: Percent | None = Field(
        default=None, description="For `discount`: a line may give away this much by itself"
    )
    conditions: dict[str, Any] = Field(
        default_factory=dict, description="A filter tree: only deals that pass it are meant"
    )
    automatic_for: list[Role] = Field(
        default_factory=list,
        max_length=10,
        description="Roles whose own wish is consent; kept as an automatic approval",
    )
    is_active: bool = True


class PolicyIn(_Policy):
    """Which changes need consent, and whose."""

    name: Name
    kind: Literal["stage", "discount"]
    steps: Steps


class PatchPolicyIn(_Policy):
    """Changes of a policy; its kind stays."""

    name: Name = NOT_SENT
    steps: Steps = NOT_SENT


def stored(body: PolicyIn | PatchPolicyIn) -> dict[str, Any]:
    """Return what was sent as the policy keeps it: its steps as plain JSON."""
    values = body.model_dump(exclude_unset=isinstance(body, PatchPolicyIn), exclude={"steps"})
    if "steps" in body.model_fields_set:
        values["steps"] = [step.model_dump(mode="json") for step in body.steps]
    return values


class PolicyOut(BaseModel):
    """An approval policy."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    name: str
    kind: Literal["stage", "discount"]
    pipeline_id: UUID | None
    stage_ids: list[UUID]
    limit_percent: Percent | None
    conditions: dict[str, Any]
    steps: list[Step]
    automatic_for: list[str]
    is_active: bool
    created_at: datetime
    updated_at: datetime
    source_system: str | None
    external_id: str | None
