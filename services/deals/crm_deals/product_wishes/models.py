"""Rows of the product wishes feature."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm_deals.base import Base
from crm_deals.products.models import Product
from crm_shared.db.types import Aggregate, UtcDateTime


class WishStatus(StrEnum):
    """What became of a wish."""

    WAITING = "waiting"
    FULFILLED = "fulfilled"
    WITHDRAWN = "withdrawn"


class ProductWish(Aggregate, Base):
    """A client wants to hear when a product comes: once, of the next arrival."""

    __tablename__ = "product_wishes"
    __table_args__ = (
        Index(
            "uq_product_wishes_waiting",
            "product_id",
            "contact_id",
            unique=True,
            postgresql_where=text("status = 'waiting'"),
        ),
        Index("ix_product_wishes_contact_id", "contact_id"),
        Index("ix_product_wishes_created_at_id", "created_at", "id"),
    )

    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    contact_id: Mapped[UUID]
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(String(16), default=WishStatus.WAITING.value)
    fulfilled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    product: Mapped[Product] = relationship(lazy="raise")
