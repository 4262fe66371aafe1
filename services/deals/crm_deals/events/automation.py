"""Deal rules, validations, approval policies and approvals as events tell of them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from crm_shared.events.envelope import Event

ApprovalState = Literal["pending", "approved", "rejected", "withdrawn", "expired"]
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]


class DealRuleFacts(BaseModel):
    """When a deal rule acts and what kinds of actions it takes; its texts stay at home."""

    event_type: str
    is_active: bool
    active_from: datetime
    on_bulk: bool
    priority: int
    pipeline_id: UUID | None
    kinds: list[str]


class _DealRuleEvent(Event):
    deal_rule: DealRuleFacts
    changed: list[str]
    previous: dict[str, Any]


class DealRuleCreated(_DealRuleEvent, type="crm.deals.deal_rule.created.v1"):
    """A rule that changes deals by itself was written."""


class DealRuleUpdated(_DealRuleEvent, type="crm.deals.deal_rule.updated.v1"):
    """A deal rule was changed, switched on or off; its revision is its version."""


class DealRuleDeleted(_DealRuleEvent, type="crm.deals.deal_rule.deleted.v1"):
    """A deal rule was removed; what it did stays."""


class ValidationFacts(BaseModel):
    """Which changes of deals a validation looks at; its words stay at home."""

    pipeline_id: UUID | None
    on: list[str]
    stage_ids: list[UUID]
    outcomes: list[str]
    fields: list[str]
    on_import: bool
    is_active: bool


class _ValidationEvent(Event):
    validation: ValidationFacts
    changed: list[str]
    previous: dict[str, Any]


class ValidationCreated(_ValidationEvent, type="crm.deals.validation.created.v1"):
    """A change of deals is forbidden from now on unless its demands are met."""


class ValidationUpdated(_ValidationEvent, type="crm.deals.validation.updated.v1"):
    """A validation was changed, switched on or off."""


class ValidationDeleted(_ValidationEvent, type="crm.deals.validation.deleted.v1"):
    """A validation forbids nothing any more."""


class ApprovalPolicyFacts(BaseModel):
    """Which changes of deals need somebody's consent, in how many steps."""

    kind: Literal["stage", "discount"]
    pipeline_id: UUID | None
    stage_ids: list[UUID]
    limit_percent: Percent | None
    steps_count: int
    is_active: bool


class _ApprovalPolicyEvent(Event):
    approval_policy: ApprovalPolicyFacts
    changed: list[str]
    previous: dict[str, Any]


class ApprovalPolicyCreated(_ApprovalPolicyEvent, type="crm.deals.approval_policy.created.v1"):
    """Some change of deals needs consent from now on."""


class ApprovalPolicyUpdated(_ApprovalPolicyEvent, type="crm.deals.approval_policy.updated.v1"):
    """An approval policy changed; requests that are open go by what it was."""


class ApprovalPolicyDeleted(_ApprovalPolicyEvent, type="crm.deals.approval_policy.deleted.v1"):
    """An approval policy asks for nothing any more; open requests go on."""


class ApprovalFacts(BaseModel):
    """A request for consent: of what kind, about which deal, how far; no notes, no names.

    `requested_at` and `decided_at` give its duration, `round` how often the same was asked;
    `is_automatic`: decided by the policy itself. `applied_at` is null with `refusal` saying why.
    """

    owner_id: UUID | None
    team_id: UUID | None
    deal_id: UUID
    policy_id: UUID
    kind: Literal["stage", "discount"]
    state: ApprovalState
    step: int
    steps_count: int
    round: int
    requested_by: UUID
    # who is asked in this step
    approver_ids: list[UUID]
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


class ApprovalEvent(Event):
    """What every event of an approval has."""

    approval: ApprovalFacts
    changed: list[str]
    previous: dict[str, Any]


class ApprovalRequested(ApprovalEvent, type="crm.deals.approval.requested.v1"):
    """A move or a discount waits for consent."""


class ApprovalDecided(ApprovalEvent, type="crm.deals.approval.decided.v1"):
    """One of those who were asked has answered; the request goes on."""

    decided_by: UUID
    on_behalf_of: UUID | None
    decision: Literal["approve", "reject"]


class ApprovalApproved(ApprovalEvent, type="crm.deals.approval.approved.v1"):
    """Everybody who had to has consented; the change was applied, or `refusal` says why not."""


class ApprovalRejected(ApprovalEvent, type="crm.deals.approval.rejected.v1"):
    """Consent was refused, for the reason named; the deal stays as it is."""


class ApprovalWithdrawn(ApprovalEvent, type="crm.deals.approval.withdrawn.v1"):
    """Whoever asked does not want it any more."""


class ApprovalExpired(ApprovalEvent, type="crm.deals.approval.expired.v1"):
    """Nobody answered by the deadline; the deal stays as it is."""


class ApprovalEscalated(ApprovalEvent, type="crm.deals.approval.escalated.v1"):
    """The deadline of a step passed and others were asked as well."""


class ApprovalDelegated(ApprovalEvent, type="crm.deals.approval.delegated.v1"):
    """One of those who were asked has handed the answer to somebody else."""

    from_user_id: UUID
    to_user_id: UUID
