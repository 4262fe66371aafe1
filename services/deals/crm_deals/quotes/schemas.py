"""Bodies of the quotes feature."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crm_deals.events import DiscountFacts, QuoteStatus
from crm_deals.lines.schemas import Body, DiscountIn, LineItemIn, LineItemOut
from crm_shared.money import Amount


class QuoteIn(Body):
    """An offer; what is not named is as the deal has it now."""

    line_items: list[LineItemIn] = Field(
        default_factory=list, max_length=200, description="The deal's when absent"
    )
    discount: DiscountIn | None = Field(default=None, description="The deal's when absent")
    valid_until: date | None = Field(default=None, description="The last day")
    note: Annotated[str, Field(max_length=5000)] | None = None

    def given(self) -> dict[str, Any]:
        """Return what the caller sent, lines whole."""
        sent = self.model_dump(exclude_unset=True)
        if "line_items" in sent:
            sent["line_items"] = [line.model_dump() for line in self.line_items]
        return sent


class QuoteOut(BaseModel):
    """A version of the offer for a deal."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    deal_id: UUID
    number: str = Field(description="The same for all versions of a deal's offer")
    version: int
    status: QuoteStatus
    currency: str
    line_items: list[LineItemOut]
    discount: DiscountFacts | None
    net: Amount
    tax: Amount
    total: Amount
    valid_until: date | None
    sent_at: datetime | None
    decided_at: datetime | None
    note: str | None
    created_at: datetime
    updated_at: datetime


class QuotesOut(BaseModel):
    """Every version of a deal's offer, the newest first."""

    items: list[QuoteOut]
