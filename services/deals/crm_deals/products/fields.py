"""What products can be filtered and sorted by."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from crm_deals.customs.catalogue import BOOK, SHELF
from crm_deals.products.models import Product
from crm_shared.filters import Field, Fields
from crm_shared.nouns.listing import NounListing

PRODUCT_LISTING = NounListing(
    Fields(
        {
            "id": Field(UUID, Product.id),
            "label": Field(str, Product.label),
            "sku": Field(str, Product.sku),
            "category": Field(str, Product.category),
            "price": Field(Decimal, Product.price),
            "cost": Field(Decimal, Product.cost),
            "currency": Field(str, Product.currency),
            "is_active": Field(bool, Product.is_active),
            "created_at": Field(datetime, Product.created_at),
            "source_system": Field(str, Product.source_system),
            "external_id": Field(str, Product.external_id),
        }
    ),
    sort=("created_at", "label", "price"),
    default="-created_at",
    noun="product",
    model=Product,
    book=BOOK,
    shelf=SHELF,
)
