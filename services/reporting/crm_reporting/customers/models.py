"""What was last told of each customer: the next telling is the difference to it."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from crm_reporting.base import Base
from crm_shared.db.types import Aggregate

Sum: Numeric[Decimal] = Numeric(24, 2)
Share: Numeric[Decimal] = Numeric(7, 2)


class CustomerFigures(Aggregate, Base):
    """A customer's figures as the others know them; no rebuild touches them."""

    __tablename__ = "customer_figures"

    customer_id: Mapped[UUID] = mapped_column(unique=True)
    is_company: Mapped[bool]
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
    on_time_share: Mapped[Decimal | None] = mapped_column(Share)
    late_invoices: Mapped[int]
