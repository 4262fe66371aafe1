"""Deals of clients, as far as figures about clients need them."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import Money, UtcDateTime

Sum: Numeric[Decimal] = Numeric(24, 2)
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


class CustomerFigures(Base):
    """What reporting told of a customer, from a moment on: each word is kept, the newest holds."""

    __tablename__ = "customer_figures"

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    currency: Mapped[str] = mapped_column(String(3))
    abc_class: Mapped[str] = mapped_column(String(1))
    state: Mapped[str] = mapped_column(String(10))
    purchases: Mapped[int]
    first_purchase_on: Mapped[date | None]
    last_purchase_on: Mapped[date | None]
    purchase_sum: Mapped[Decimal] = mapped_column(Sum)
    purchase_sum_year: Mapped[Decimal] = mapped_column(Sum)
    average_check: Mapped[Decimal | None] = mapped_column(Sum)
    lifetime_value: Mapped[Decimal | None] = mapped_column(Sum)
    unconverted: Mapped[int]
    purchase_interval: Mapped[Decimal | None] = mapped_column(Numeric(9, 2))
    rhythm_broken: Mapped[bool | None]
    on_time_share: Mapped[Decimal | None] = mapped_column(Numeric(7, 2))
    late_invoices: Mapped[int]
