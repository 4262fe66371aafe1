"""Bodies of the payments feature."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from crm_deals.deals.schemas import Code
from crm_deals.events import AllocationFacts, Direction, PaymentKind, PaymentVoidReason
from crm_deals.lines.schemas import Body, Price
from crm_shared.http.bodies import ExternalIdIn
from crm_shared.money import Amount, Currency

Note = Annotated[str, Field(max_length=5000)]
Sum = Annotated[Price, Field(gt=0, examples=["15000.00"])]
# stands where a field may be left out but not be null
NOT_SENT: Any = None


class AllocationIn(Body):
    """What a payment settles; without an amount, as much as is due."""

    invoice_id: UUID
    amount: Sum | None = None


def _once_each(allocations: list[AllocationIn]) -> list[AllocationIn]:
    if len({one.invoice_id for one in allocations}) != len(allocations):
        raise ValueError("every invoice stands here once")
    return allocations


Allocations = Annotated[list[AllocationIn], Field(max_length=100), AfterValidator(_once_each)]


class _PaymentFields(Body):
    """What may be given of a payment and left out: only what was sent is used."""

    paid_on: date = Field(default=NOT_SENT, description="Today when absent; never in the future")
    account: Code | None = Field(default=None, description="Where the money is", examples=["bank"])
    category: Code | None = Field(default=None, description="What it was for", examples=["rent"])
    deal_id: UUID | None = Field(default=None, description="The invoices' when absent")
    contact_id: UUID | None = None
    company_id: UUID | None = None
    allocations: Allocations = Field(
        default_factory=list,
        description="The invoices it settles; what is left over is an advance",
    )
    note: Note | None = None

    def given(self) -> dict[str, Any]:
        """Return what the caller sent, and only that."""
        return self.model_dump(exclude_unset=True)


class PutPaymentIn(_PaymentFields):
    """A payment as another system has it; booked once, its sum stays."""

    kind: Literal["payment", "expense"] = "payment"
    amount: Sum
    currency: Currency = Field(
        default=NOT_SENT, description="The invoice's, else the deal's, else the company's"
    )


class PaymentIn(ExternalIdIn, PutPaymentIn):
    """Money that came or went."""

    source_system: Code | None = None


class PatchPaymentIn(_PaymentFields):
    """Changes of a payment; its sum stays. `allocations` are replaced whole."""


class RefundPaymentIn(Body):
    """What a customer gets back."""

    amount: Sum | None = Field(default=None, description="All that is left when absent")
    paid_on: date = Field(default=NOT_SENT, description="Today when absent")
    account: Code | None = Field(default=None, description="The payment's when absent")
    note: Note | None = None

    def given(self) -> dict[str, Any]:
        """Return what the caller sent, and only that."""
        return self.model_dump(exclude_unset=True)


class VoidPaymentIn(Body):
    """Why it never happened."""

    reason: PaymentVoidReason


class PaymentOut(BaseModel):
    """A payment, a refund or an expense."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    kind: PaymentKind
    direction: Direction
    amount: Amount
    currency: str
    paid_on: date
    account: str | None
    category: str | None
    deal_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    owner_id: UUID | None
    team_id: UUID | None
    allocations: list[AllocationFacts]
    unallocated: Amount = Field(description="An advance, or what was paid too much")
    refunds_id: UUID | None = Field(description="The payment that this refund gives back")
    refunded: Amount
    void_reason: PaymentVoidReason | None
    voided_at: datetime | None
    note: str | None
    created_at: datetime
    updated_at: datetime
    source_system: str | None
    external_id: str | None
