"""What approvals can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_deals.approvals.models import Approval
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

APPROVAL_LISTING = listing(
    Fields(
        {
            "id": Field(UUID, Approval.id),
            "deal_id": Field(UUID, Approval.deal_id),
            "owner_id": Field(UUID, Approval.owner_id),
            "team_id": Field(UUID, Approval.team_id),
            "policy_id": Field(UUID, Approval.policy_id),
            "kind": Field(str, Approval.kind),
            "state": Field(str, Approval.state),
            "requested_by": Field(UUID, Approval.requested_by),
            "approver_ids": Field(list[UUID], Approval.approver_ids),
            "is_automatic": Field(bool, Approval.is_automatic),
            "requested_at": Field(datetime, Approval.requested_at),
            "due_at": Field(datetime, Approval.due_at),
            "decided_at": Field(datetime, Approval.decided_at),
            "created_at": Field(datetime, Approval.created_at),
        }
    ),
    sort=("created_at", "requested_at", "due_at", "decided_at"),
    default="-created_at",
)
