"""What is said of claims: sums and codes, never the complaint itself."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from crm_shared.events.envelope import Event
from crm_shared.money import Amount

ClaimKind = Literal["complaint", "breach_by_us", "breach_by_customer"]
ClaimStatus = Literal["open", "accepted", "rejected", "settled"]


class ClaimFacts(BaseModel):
    """Somebody wants something made good.

    A complaint and a breach by us are the customer's claims; a breach by the customer is ours.
    """

    kind: ClaimKind
    status: ClaimStatus
    cause: str
    amount: Amount | None
    settled_amount: Amount | None
    currency: str
    deal_id: UUID | None
    invoice_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    owner_id: UUID | None
    team_id: UUID | None
    claimed_on: date
    resolved_on: date | None
    resolution: str | None


class ClaimEvent(Event):
    claim: ClaimFacts
    changed: list[str]
    previous: dict[str, Any]


class ClaimRecorded(ClaimEvent, type="crm.deals.claim.recorded.v1"):
    """A claim was made, by a customer or against one."""


class ClaimUpdated(ClaimEvent, type="crm.deals.claim.updated.v1"):
    """A claim changed, was accepted or was opened again."""


class ClaimResolved(ClaimEvent, type="crm.deals.claim.resolved.v1"):
    """A claim is over: settled, or rejected."""


class ClaimDeleted(ClaimEvent, type="crm.deals.claim.deleted.v1"):
    """A claim was recorded by mistake."""
