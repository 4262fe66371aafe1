"""What is said of quotes: sums and dates, never a text."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from crm_deals.events.deals import LineItemFacts
from crm_shared.events.envelope import Event
from crm_shared.money import Amount

QuoteStatus = Literal["draft", "sent", "accepted", "declined", "expired"]


class QuoteFacts(BaseModel):
    """What was offered for a deal: the lines as they stood, frozen when it was sent."""

    deal_id: UUID
    number: str
    version: int
    status: QuoteStatus
    owner_id: UUID | None
    team_id: UUID | None
    currency: str
    net: Amount
    tax: Amount
    total: Amount
    valid_until: date | None
    sent_at: datetime | None
    decided_at: datetime | None
    line_items: list[LineItemFacts]


class QuoteEvent(Event):
    quote: QuoteFacts
    changed: list[str]
    previous: dict[str, Any]


class QuoteCreated(QuoteEvent, type="crm.deals.quote.created.v1"):
    """A new version of the offer was drawn up."""


class QuoteUpdated(QuoteEvent, type="crm.deals.quote.updated.v1"):
    """A draft changed."""


class QuoteDeleted(QuoteEvent, type="crm.deals.quote.deleted.v1"):
    """A draft was thrown away."""


class QuoteSent(QuoteEvent, type="crm.deals.quote.sent.v1"):
    """A quote went to the customer; it does not change any more."""


class QuoteAccepted(QuoteEvent, type="crm.deals.quote.accepted.v1"):
    """The customer took a quote; its lines are the deal's from now on."""


class QuoteDeclined(QuoteEvent, type="crm.deals.quote.declined.v1"):
    """The customer did not take a quote."""


class QuoteExpired(QuoteEvent, type="crm.deals.quote.expired.v1"):
    """A sent quote was not answered before its last day was over; said once."""
