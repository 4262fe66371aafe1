"""What is said of what is sold."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from crm_deals.events.base import SaleKind
from crm_shared.events.envelope import Event
from crm_shared.money import Amount


class SuggestionFacts(BaseModel):
    """A product that goes with another one, and what kind of sale that would be."""

    model_config = ConfigDict(from_attributes=True)

    product_id: UUID
    sale_kind: SaleKind


class ProductFacts(BaseModel):
    """Something that is sold."""

    label: str
    sku: str | None
    category: str | None
    price: Amount | None
    cost: Amount | None
    currency: str
    is_active: bool
    suggestions: list[SuggestionFacts] = []
    custom_fields: dict[str, Any]


class _ProductEvent(Event):
    product: ProductFacts
    changed: list[str]
    previous: dict[str, Any]


class ProductCreated(_ProductEvent, type="crm.deals.product.created.v1"):
    """A product joined the catalogue."""


class ProductUpdated(_ProductEvent, type="crm.deals.product.updated.v1"):
    """A product changed; deals keep the price they were made at."""


class ProductArrived(_ProductEvent, type="crm.deals.product.arrived.v1"):
    """A product has come, as somebody entered: whoever waited for it is announced by and by."""


class ProductDeleted(_ProductEvent, type="crm.deals.product.deleted.v1"):
    """A product left the catalogue."""
