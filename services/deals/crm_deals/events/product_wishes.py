"""What is said of clients who wait for a product: ids and the product's label."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from crm_shared.events.envelope import Event


class ProductWishFacts(BaseModel):
    """A client who wants to hear when a product comes."""

    owner_id: UUID | None
    team_id: UUID | None
    contact_id: UUID
    product_id: UUID
    product_label: str
    category: str | None
    status: Literal["waiting", "fulfilled", "withdrawn"]
    fulfilled_at: datetime | None


class _WishEvent(Event):
    product_wish: ProductWishFacts
    changed: list[str]
    previous: dict[str, Any]


class ProductWishCreated(_WishEvent, type="crm.deals.product_wish.created.v1"):
    """A client wants to hear when a product comes."""


class ProductWishFulfilled(_WishEvent, type="crm.deals.product_wish.fulfilled.v1"):
    """The product that a client waited for has come: once for each wish; it is time to tell him."""


class ProductWishWithdrawn(_WishEvent, type="crm.deals.product_wish.withdrawn.v1"):
    """A client waits no more, or hears of the product by another of his records."""
