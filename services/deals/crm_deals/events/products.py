"""What is said of what is sold."""

from typing import Any

from pydantic import BaseModel

from crm_shared.events.envelope import Event
from crm_shared.money import Amount


class ProductFacts(BaseModel):
    """Something that is sold."""

    label: str
    sku: str | None
    category: str | None
    price: Amount | None
    cost: Amount | None
    currency: str
    is_active: bool


class _ProductEvent(Event):
    product: ProductFacts
    changed: list[str]
    previous: dict[str, Any]


class ProductCreated(_ProductEvent, type="crm.deals.product.created.v1"):
    """A product joined the catalogue."""


class ProductUpdated(_ProductEvent, type="crm.deals.product.updated.v1"):
    """A product changed; deals keep the price they were made at."""


class ProductDeleted(_ProductEvent, type="crm.deals.product.deleted.v1"):
    """A product left the catalogue."""
