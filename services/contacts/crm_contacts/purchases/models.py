"""Deals of clients, as far as figures about clients need them."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import Money, UtcDateTime

_OF_CONTACT, _OF_COMPANY = text("contact_id IS NOT NULL"), text("company_id IS NOT NULL")


class LogPlace(Base):
    """How far a publisher's event log has been gone through behind the stream."""

    __tablename__ = "log_places"

    durable: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)


class CustomerDeal(Base):
    """A deal as its newest event told it; `is_gone`: put away, or never a real one."""

    __tablename__ = "customer_deals"
    __table_args__ = (
        Index("ix_customer_deals_contact_id", "contact_id", postgresql_where=_OF_CONTACT),
        Index("ix_customer_deals_company_id", "company_id", postgresql_where=_OF_COMPANY),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int]
    contact_id: Mapped[UUID | None]
    company_id: Mapped[UUID | None]
    outcome: Mapped[str] = mapped_column(String(10))
    won_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    amount: Mapped[Decimal | None] = mapped_column(Money)
    currency: Mapped[str | None] = mapped_column(String(3))
    is_gone: Mapped[bool]
