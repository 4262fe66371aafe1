"""What a unit of a currency was worth in another on a day."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm_reporting.base import Base
from crm_shared.db.types import Aggregate


class Rate(Aggregate, Base):
    """One rate: `rate` units of `quote` for one unit of `currency`, from `day` on."""

    __tablename__ = "rates"
    __table_args__ = (UniqueConstraint("currency", "quote", "day"),)

    currency: Mapped[str] = mapped_column(String(3))
    quote: Mapped[str] = mapped_column(String(3))
    day: Mapped[date]
    rate: Mapped[Decimal] = mapped_column(Numeric(24, 12))
