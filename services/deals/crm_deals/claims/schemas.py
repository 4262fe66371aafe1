"""Bodies of the claims feature."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crm_deals.deals.schemas import Code
from crm_deals.events import ClaimKind, ClaimStatus
from crm_deals.lines.schemas import Body, Price
from crm_shared.http.bodies import ExternalIdIn
from crm_shared.money import Amount, Currency

Note = Annotated[str, Field(max_length=5000)]
# stands where a field may be left out but not be null
NOT_SENT: Any = None


class _ClaimFields(Body):
    """What may be given of a claim and left out: only what was sent is used."""

    status: ClaimStatus = Field(
        default=NOT_SENT, description="Settled and rejected need a resolution"
    )
    amount: Price | None = Field(default=None, description="Null when no sum was named")
    currency: Currency = Field(default=NOT_SENT, description="The invoice's, the deal's, else ours")
    deal_id: UUID | None = Field(default=None, description="The invoice's when absent")
    invoice_id: UUID | None = None
    contact_id: UUID | None = Field(default=None, description="The deal's customer when absent")
    company_id: UUID | None = None
    claimed_on: date = Field(default=NOT_SENT, description="Today when absent")
    resolved_on: date | None = Field(default=None, description="Today when it is resolved")
    resolution: Code | None = Field(default=None, examples=["price-reduced"])
    settled_amount: Price | None = Field(
        default=None, description="What was paid in the end; all of it when absent"
    )
    note: Note | None = None

    def given(self) -> dict[str, Any]:
        """Return what the caller sent, and only that."""
        return self.model_dump(exclude_unset=True)


class PutClaimIn(_ClaimFields):
    """A claim as another system has it."""

    kind: ClaimKind
    cause: Code = Field(examples=["late-delivery"])


class ClaimIn(ExternalIdIn, PutClaimIn):
    """What somebody wants made good.

    `complaint` and `breach_by_us` are the customer's claims, `breach_by_customer` is ours.
    """

    source_system: Code | None = None


class PatchClaimIn(_ClaimFields):
    """Changes of a claim; a status of open or accepted opens it again."""

    kind: ClaimKind = NOT_SENT
    cause: Code = NOT_SENT


class ClaimOut(BaseModel):
    """A claim."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
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
    note: str | None
    created_at: datetime
    updated_at: datetime
    source_system: str | None
    external_id: str | None
