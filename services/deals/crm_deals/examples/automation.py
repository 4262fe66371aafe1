"""Realistic examples of what is said of rules, validations, policies and approvals."""

from datetime import UTC, datetime
from decimal import Decimal

from crm_deals.events.automation import (
    ApprovalApproved,
    ApprovalDecided,
    ApprovalDelegated,
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalFacts,
    ApprovalPolicyCreated,
    ApprovalPolicyDeleted,
    ApprovalPolicyFacts,
    ApprovalPolicyUpdated,
    ApprovalRejected,
    ApprovalRequested,
    ApprovalWithdrawn,
    DealRuleCreated,
    DealRuleDeleted,
    DealRuleFacts,
    DealRuleUpdated,
    ValidationCreated,
    ValidationDeleted,
    ValidationFacts,
    ValidationUpdated,
)
from crm_deals.examples.selling import PROPOSAL, WON, id_of
from crm_shared.events.envelope import Event

ASKED_AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
DECIDED_AT = datetime(2026, 12, 1, 13, 30, tzinfo=UTC)
RULE = DealRuleFacts(
    event_type="crm.deals.deal.stage_changed.v1",
    is_active=True,
    active_from=ASKED_AT,
    on_bulk=False,
    priority=0,
    pipeline_id=id_of(10),
    kinds=["assign", "fill"],
)
VALIDATION = ValidationFacts(
    pipeline_id=id_of(10),
    on=["outcome"],
    stage_ids=[],
    outcomes=["won"],
    fields=[],
    on_import=True,
    is_active=True,
)
POLICY = ApprovalPolicyFacts(
    kind="discount",
    pipeline_id=None,
    stage_ids=[],
    limit_percent=Decimal("15.00"),
    steps_count=2,
    is_active=True,
)
WAITING = ApprovalFacts(
    owner_id=id_of(1),
    team_id=id_of(2),
    deal_id=id_of(20),
    policy_id=id_of(21),
    kind="stage",
    state="pending",
    step=1,
    steps_count=2,
    round=1,
    requested_by=id_of(1),
    approver_ids=[id_of(3)],
    requested_at=ASKED_AT,
    due_at=datetime(2026, 12, 3, 9, 0, tzinfo=UTC),
    decided_at=None,
    reason_code=None,
    is_automatic=False,
    is_escalated=False,
    applied_at=None,
    refusal=None,
    discount_percent=None,
    to_stage_id=WON.id,
)


def _ended(state: str, **values: object) -> ApprovalFacts:
    return WAITING.model_copy(
        update={"state": state, "due_at": None, "decided_at": DECIDED_AT, **values}
    )


ENDED = ["state", "due_at", "decided_at"]
BEFORE = {"state": "pending", "due_at": "2026-12-03T09:00:00Z", "decided_at": None}
EXAMPLES: list[Event] = [
    DealRuleCreated(deal_rule=RULE, changed=[], previous={}),
    DealRuleUpdated(deal_rule=RULE, changed=["is_active"], previous={"is_active": False}),
    DealRuleDeleted(deal_rule=RULE, changed=["deleted_at"], previous={}),
    ValidationCreated(validation=VALIDATION, changed=[], previous={}),
    ValidationUpdated(
        validation=VALIDATION,
        changed=["stage_ids"],
        previous={"stage_ids": [str(PROPOSAL.id)]},
    ),
    ValidationDeleted(validation=VALIDATION, changed=["deleted_at"], previous={}),
    ApprovalPolicyCreated(approval_policy=POLICY, changed=[], previous={}),
    ApprovalPolicyUpdated(
        approval_policy=POLICY, changed=["limit_percent"], previous={"limit_percent": "10.00"}
    ),
    ApprovalPolicyDeleted(approval_policy=POLICY, changed=["deleted_at"], previous={}),
    ApprovalRequested(approval=WAITING, changed=[], previous={}),
    ApprovalDecided(
        approval=WAITING.model_copy(update={"step": 2}),
        changed=["step"],
        previous={"step": 1},
        decided_by=id_of(6),
        on_behalf_of=id_of(7),
        decision="approve",
    ),
    ApprovalApproved(
        approval=_ended("approved", applied_at=DECIDED_AT), changed=ENDED, previous=BEFORE
    ),
    ApprovalRejected(
        approval=_ended("rejected", reason_code="margin-too-low"), changed=ENDED, previous=BEFORE
    ),
    ApprovalWithdrawn(approval=_ended("withdrawn"), changed=ENDED, previous=BEFORE),
    ApprovalExpired(approval=_ended("expired"), changed=ENDED, previous=BEFORE),
    ApprovalEscalated(
        approval=WAITING.model_copy(update={"is_escalated": True}),
        changed=["is_escalated", "due_at"],
        previous={"is_escalated": False, "due_at": "2026-12-01T09:00:00Z"},
    ),
    ApprovalDelegated(
        approval=WAITING, changed=[], previous={}, from_user_id=id_of(7), to_user_id=id_of(6)
    ),
]
