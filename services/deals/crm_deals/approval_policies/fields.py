"""What approval policies can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_deals.approval_policies.models import ApprovalPolicy
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

POLICY_LISTING = listing(
    Fields(
        {
            "id": Field(UUID, ApprovalPolicy.id),
            "name": Field(str, ApprovalPolicy.name),
            "kind": Field(str, ApprovalPolicy.kind),
            "pipeline_id": Field(UUID, ApprovalPolicy.pipeline_id),
            "is_active": Field(bool, ApprovalPolicy.is_active),
            "created_at": Field(datetime, ApprovalPolicy.created_at),
            "source_system": Field(str, ApprovalPolicy.source_system),
            "external_id": Field(str, ApprovalPolicy.external_id),
        }
    ),
    sort=("created_at", "name"),
    default="created_at",
)
