"""What rules of pay can be filtered and sorted by."""

from datetime import date, datetime
from uuid import UUID

from crm_reporting.pay_rules.models import PayRule
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

PAY_RULES = listing(
    Fields(
        {
            "id": Field(UUID, PayRule.id),
            "role": Field(str, PayRule.role),
            "owner_id": Field(UUID, PayRule.owner_id),
            "metric": Field(str, PayRule.metric),
            "starts_on": Field(date, PayRule.starts_on),
            "ends_on": Field(date, PayRule.ends_on),
            "created_at": Field(datetime, PayRule.created_at),
        }
    ),
    sort=("starts_on", "created_at"),
    default="-starts_on",
)
