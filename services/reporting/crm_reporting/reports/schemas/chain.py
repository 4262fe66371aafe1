"""Bodies of the chain from campaign to payment."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel


class MovedOut(BaseModel):
    """An invoice or a payment of the deal; refunds are below nought. Null: not to be seen."""

    id: UUID
    day: date
    amount: str | None
    currency: str | None


class ChainOut(BaseModel):
    """A lead and what became of it, as far as the caller may see it."""

    id: UUID
    day: date
    owner_id: UUID | None
    channel: str | None
    campaign: str | None
    deal_id: UUID | None
    won_on: date | None
    won_amount: str | None
    currency: str | None
    invoices: list[MovedOut]
    payments: list[MovedOut]
