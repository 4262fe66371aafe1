"""Bodies of the approvals feature."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crm_deals.approval_policies.schemas import Percent
from crm_deals.events.automation import ApprovalState

Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", examples=["margin-too-low"])]
Note = Annotated[str, Field(max_length=5000)]


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ApproveIn(Body):
    """Consent."""

    reason_code: Code | None = None
    note: Note | None = None


class RejectIn(Body):
    """Refusal, and why."""

    reason_code: Code
    note: Note | None = None


class DelegateIn(Body):
    """Who is to answer instead."""

    user_id: UUID
    for_user_id: UUID | None = Field(
        default=None, description="In whose place: oneself; administrators may name others"
    )


class DecisionOut(BaseModel):
    """What one of those who were asked answered."""

    model_config = ConfigDict(from_attributes=True)

    step: int
    user_id: UUID
    on_behalf_of: UUID | None
    decision: Literal["approve", "reject"]
    reason_code: str | None
    note: str | None
    at: datetime


class ApprovalOut(BaseModel):
    """A request for consent; `refusal`: why what was consented to could not be done."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    deal_id: UUID
    owner_id: UUID | None
    team_id: UUID | None
    policy_id: UUID
    kind: Literal["stage", "discount"]
    state: ApprovalState
    step: int
    steps_count: int
    quorum: int
    approver_ids: list[UUID]
    round: int
    requested_by: UUID
    requested_at: datetime
    due_at: datetime | None
    decided_at: datetime | None
    reason_code: str | None
    is_automatic: bool
    is_escalated: bool
    applied_at: datetime | None
    refusal: str | None
    discount_percent: Percent | None
    to_stage_id: UUID | None
    created_at: datetime
    updated_at: datetime


class ApprovalWithDecisionsOut(ApprovalOut):
    """A request with every answer to it."""

    decisions: list[DecisionOut]
