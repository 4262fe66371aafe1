"""What customers did until each day, how long they decided, when they were in work."""

from datetime import date
from decimal import Decimal
from enum import IntEnum
from uuid import UUID

from sqlalchemy import Index, Numeric, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_reporting.base import Base
from crm_reporting.contributions.models import Amount


class Deed(IntEnum):
    """What is summed of a customer; the numbers stand in the database and never change."""

    BOUGHT = 1
    PROFITED = 2  # as BOUGHT, with gross profit for money, of the sales whose costs are known
    CONTACTED = 3  # an activity that took place or a call that was answered; it has no money


class Busy(IntEnum):
    """By what a customer counts as in work (K27); the numbers stand in the database."""

    IN_WORK = 1
    ACTIVE_BUYER = 2


class CustomerDay(Base):
    """All that a customer did until a day on which he did something, the day included."""

    __tablename__ = "customer_days"
    __table_args__ = (
        Index(
            "ix_customer_days_first",
            "deed",
            "currency",
            "customer",
            postgresql_where=text("day = opened_on"),
        ),
        Index("ix_customer_days_customer", "customer", "day"),
    )

    deed: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    currency: Mapped[str] = mapped_column(Text, primary_key=True)
    customer: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    total: Mapped[int]
    days: Mapped[int]
    amount: Mapped[Decimal] = mapped_column(Amount)
    opened_on: Mapped[date]
    opening: Mapped[Decimal] = mapped_column(Amount)


class Decision(Base):
    """A closing, and the days it took since the first contact after the customer's previous one."""

    __tablename__ = "decisions"
    __table_args__ = (
        Index("ix_decisions_part_day", "part", "day", postgresql_include=["days", "customer"]),
    )

    customer: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(SmallInteger)
    day: Mapped[date]
    days: Mapped[Decimal | None] = mapped_column(Numeric)


class BusySpan(Base):
    """Days on which a customer was in work without a break; spans of one kind do not touch."""

    __tablename__ = "busy_spans"

    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    customer: Mapped[UUID] = mapped_column(primary_key=True)
    start: Mapped[date] = mapped_column(primary_key=True)
    until: Mapped[date | None]


class StaleCustomer(Base):
    """Whose rows changed since he was summed: until a job did that anew, his rows are read.

    Written with the rows, a line a batch; what changed: deeds since a day, spans, or both.
    """

    __tablename__ = "stale_customers"

    customer: Mapped[UUID] = mapped_column(primary_key=True)
    batch: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[date | None]
    spans: Mapped[bool]
