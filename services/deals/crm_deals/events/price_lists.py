"""What is said of price lists."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from crm_shared.events.envelope import Event
from crm_shared.money import Amount


class ListedPriceFacts(BaseModel):
    """What one product costs by a list."""

    product_id: UUID
    price: Amount


class PriceListFacts(BaseModel):
    """Prices in one currency, and the days on which deals may take them."""

    label: str
    currency: str
    tax_included: bool
    valid_from: date | None
    valid_until: date | None
    is_active: bool
    prices: list[ListedPriceFacts]


class _PriceListEvent(Event):
    price_list: PriceListFacts
    changed: list[str]
    previous: dict[str, Any]


class PriceListCreated(_PriceListEvent, type="crm.deals.price_list.created.v1"):
    """Deals may take prices from a list from now on."""


class PriceListUpdated(_PriceListEvent, type="crm.deals.price_list.updated.v1"):
    """A price list changed; lines that were priced by it stay as they are."""


class PriceListDeleted(_PriceListEvent, type="crm.deals.price_list.deleted.v1"):
    """A price list was taken away; deals keep what they took from it."""
