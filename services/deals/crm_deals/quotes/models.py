"""Rows of the quotes feature."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, Index, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_deals.base import Base
from crm_deals.deals.models import OfDeal
from crm_deals.lines.rules import StoredLine
from crm_shared.db.types import Money, UtcDateTime


class Quote(OfDeal, Base):
    """The lines of an offer as they stood; frozen once it was sent."""

    __tablename__ = "quotes"
    __table_args__ = (
        Index("uq_quotes_version", "deal_id", "version", unique=True),
        Index("ix_quotes_sent", "valid_until", postgresql_where=text("status = 'sent'")),
        Index("ix_quotes_created_at_id", "created_at", "id"),
    )

    number: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str] = mapped_column(String(8))
    currency: Mapped[str] = mapped_column(String(3))
    line_items: Mapped[list[StoredLine]] = mapped_column(JSONB)
    discount: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    net: Mapped[Decimal] = mapped_column(Money)
    tax: Mapped[Decimal] = mapped_column(Money)
    total: Mapped[Decimal] = mapped_column(Money)
    valid_until: Mapped[date | None] = mapped_column(Date)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
