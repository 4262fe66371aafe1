"""What inputs can be filtered and sorted by."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from crm_reporting.inputs.models import Baseline, Cost, Investment, Plan, Staff
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

TYPES: dict[str, type[Any]] = {
    "id": UUID, "metric": str, "owner_id": UUID, "team_id": UUID, "user_id": UUID, "is_goal": bool,
    "category": str, "channel": str, "campaign_id": UUID, "campaign": str, "purpose": str,
    "currency": str, "role": str, "kind": str, "is_monthly": bool, "source": str, "starts_on": date,
    "ends_on": date, "created_at": datetime,
}  # fmt: skip


def _listing(model: type[Any]) -> Any:
    known = {
        name: Field(kind, getattr(model, name))
        for name, kind in TYPES.items()
        if hasattr(model, name)
    }
    return listing(Fields(known), sort=("starts_on", "created_at"), default="-starts_on")


BASELINES, PLANS, COSTS = _listing(Baseline), _listing(Plan), _listing(Cost)
STAFF, INVESTMENTS = _listing(Staff), _listing(Investment)
