"""Rows of the price lists feature."""

from datetime import date

from sqlalchemy import Date, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_deals.base import Base
from crm_shared.db.types import Aggregate


class PriceList(Aggregate, Base):
    """Prices that deals may take; a deleted one stays with the deals that name it."""

    __tablename__ = "price_lists"
    __table_args__ = (
        Index(
            "uq_price_lists_external",
            "source_system",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index(
            "uq_price_lists_label",
            "label",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    label: Mapped[str] = mapped_column(String(200))
    currency: Mapped[str] = mapped_column(String(3))
    tax_included: Mapped[bool] = mapped_column(default=False)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    is_active: Mapped[bool] = mapped_column(default=True)
    prices: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)

    def is_valid_on(self, today: date) -> bool:
        """Tell whether deals may take these prices on that day; both days are included."""
        begun = self.valid_from is None or self.valid_from <= today
        ended = self.valid_until is not None and self.valid_until < today
        return self.is_active and self.deleted_at is None and begun and not ended
