"""Rows of the products feature."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_deals.base import Base
from crm_shared.db.types import Aggregate, Money, UtcDateTime
from crm_shared.nouns.columns import Customised, custom_indexes


class Product(Customised, Aggregate, Base):
    """Something that is sold; deals copy its label, category and price when they name it."""

    __tablename__ = "products"
    __table_args__ = (
        Index(
            "uq_products_external",
            "source_system",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index(
            "uq_products_sku",
            "sku",
            unique=True,
            postgresql_where=text("sku IS NOT NULL AND deleted_at IS NULL"),
        ),
        Index("ix_products_created_at_id", "created_at", "id"),
        *custom_indexes("products"),
    )

    label: Mapped[str] = mapped_column(String(200))
    sku: Mapped[str | None] = mapped_column(String(100))
    category: Mapped[str | None] = mapped_column(String(100))
    price: Mapped[Decimal | None] = mapped_column(Money)
    cost: Mapped[Decimal | None] = mapped_column(Money)
    currency: Mapped[str] = mapped_column(String(3))
    is_active: Mapped[bool] = mapped_column(default=True)
    # the last arrival that somebody entered
    arrived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    suggestions: Mapped[list[dict[str, str]]] = mapped_column(
        JSONB, default=list, server_default=text("'[]'::jsonb")
    )
