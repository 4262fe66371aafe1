"""Why a change waits for consent, and why policies are refused."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm_deals.approval_policies.rules import PolicyEntry
from crm_shared.errors import ConflictError, NotFoundError


class PolicyNotFoundError(NotFoundError):
    problem = "approval-policy-not-found"

    def __init__(self, policy_id: UUID) -> None:
        super().__init__(f"There is no approval policy {policy_id}.", policy_id=str(policy_id))


class PolicyExistsError(ConflictError):
    problem = "approval-policy-exists"


class ApprovalNeededError(ConflictError):
    """The change needs consent; moves and PATCH of a deal ask for it by themselves."""

    problem = "approval-needed"

    def __init__(
        self, policy: PolicyEntry, order: Mapping[str, Any], *, discount: Decimal | None = None
    ) -> None:
        super().__init__(
            "This needs somebody's consent: move or change the deal by itself to ask for it.",
            policy_id=str(policy.id),
        )
        self.policy = policy
        self.order = order
        self.discount = discount
