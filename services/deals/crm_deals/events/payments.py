"""What is said of money that came and went: never a note."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from crm_shared.events.envelope import Event
from crm_shared.money import Amount

PaymentKind = Literal["payment", "refund", "expense"]
Direction = Literal["in", "out"]
PaymentVoidReason = Literal["mistake", "duplicate", "bounced", "fraud", "other"]


class AllocationFacts(BaseModel):
    """What part of a payment settles an invoice; of a refund, what part is taken back from it."""

    invoice_id: UUID
    amount: Amount


class PaymentFacts(BaseModel):
    """Money in or out; `amount` is positive, `direction` says which way it went.

    `unallocated` belongs to no invoice: an advance, or what was paid too much.
    """

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
    refunds_id: UUID | None
    allocations: list[AllocationFacts]
    unallocated: Amount
    refunded: Amount
    void_reason: PaymentVoidReason | None
    voided_at: datetime | None


class PaymentEvent(Event):
    payment: PaymentFacts
    changed: list[str]
    previous: dict[str, Any]


class PaymentReceived(PaymentEvent, type="crm.deals.payment.received.v1"):
    """A customer paid."""


class PaymentRefunded(PaymentEvent, type="crm.deals.payment.refunded.v1"):
    """Money went back to a customer; `refunds_id` is the payment that it was."""


class PaymentUpdated(PaymentEvent, type="crm.deals.payment.updated.v1"):
    """A payment or refund was booked elsewhere or settles other invoices; its sum stays."""


class PaymentVoided(PaymentEvent, type="crm.deals.payment.voided.v1"):
    """A payment or refund never happened; what it settled is owed again."""


class ExpenseRecorded(PaymentEvent, type="crm.deals.expense.recorded.v1"):
    """The company spent money, perhaps for a deal."""


class ExpenseUpdated(PaymentEvent, type="crm.deals.expense.updated.v1"):
    """An expense was booked elsewhere; its sum stays."""


class ExpenseVoided(PaymentEvent, type="crm.deals.expense.voided.v1"):
    """An expense never happened."""
