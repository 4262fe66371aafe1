"""Rows of the rules of pay."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Numeric, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_reporting.base import Base
from crm_shared.db.types import Aggregate

Figure: Numeric[Decimal] = Numeric(24, 9)


class PayRule(Aggregate, Base):
    """What somebody, or everybody in a role, earns by a figure of whole months (K70)."""

    __tablename__ = "pay_rules"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="period"),
        CheckConstraint("num_nonnulls(role, owner_id) = 1", name="whose"),
    )

    role: Mapped[str | None] = mapped_column(String(60))
    owner_id: Mapped[UUID | None]
    metric: Mapped[str] = mapped_column(String(60))
    rate: Mapped[Decimal] = mapped_column(Figure)
    currency: Mapped[str | None] = mapped_column(String(3))
    threshold: Mapped[Decimal | None] = mapped_column(Figure)
    steps: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(String(2000))

    def fixed(self) -> dict[str, Any]:
        """Return what a month that is over was reckoned by: it cannot become another."""
        return {name: getattr(self, name) for name in FIXED}


FIXED = ("role", "owner_id", "metric", "rate", "currency", "threshold", "steps", "starts_on")
