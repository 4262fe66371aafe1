"""What deals and other subjects contribute, and the counters that are the sums of it."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Index, Numeric, SmallInteger, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_reporting.base import Base
from crm_reporting.contributions.rules import Part
from crm_shared.db.types import UtcDateTime

Amount: Numeric[Decimal] = Numeric(24, 4)
Measure: Numeric[Decimal] = Numeric(24, 6)

BY_CUSTOMER = (
    Part.WON, Part.LOST, Part.LEAD, Part.ACTIVITY, Part.PROMISE, Part.CALL, Part.CASE,
    Part.CASE_SOLVED, Part.INVOICE_DUE, Part.CLAIM, Part.PROFIT,
)  # fmt: skip
OF_CUSTOMERS = text(
    f"customer IS NOT NULL AND part IN ({', '.join(str(int(part)) for part in BY_CUSTOMER)})"
)
# What medians and sums by customer are made of; the rest is read a subject at a time.
LISTED = (
    *BY_CUSTOMER, Part.LEAD_CONVERTED, Part.TASK, Part.TASK_DONE, Part.CALL_MISSED,
    Part.AGREED,
)  # fmt: skip
OF_LISTS = text(f"product IS NULL AND part IN ({', '.join(str(int(part)) for part in LISTED)})")
# by whom a customer was kept busy: to tell anew when, after one of these went
OF_STAYS = text(
    f"customer IS NOT NULL AND part IN ({Part.STAY:d}, {Part.LEAD_STAY:d}, {Part.ACTIVITY_STAY:d})"
)


class Contribution(Base):
    """One row of what a subject adds; medians and drill-down lists read these."""

    __tablename__ = "contributions"
    __table_args__ = (
        Index("ix_contributions_part_day", "part", "day", "subject_id"),
        Index("ix_contributions_owner_part_day", "owner", "part", "day"),
        # what one customer did: few parts, so that a deal's many rows pay nothing
        Index(
            "ix_contributions_customer_part_at",
            "customer",
            "part",
            "at",
            postgresql_where=OF_CUSTOMERS,
        ),
        Index("ix_contributions_customer_stays", "customer", postgresql_where=OF_STAYS),
        # read by itself: rows of a part lie a subject apart, a page each in the table
        Index(
            "ix_contributions_flows",
            "part",
            "day",
            postgresql_include=[
                "subject_id",
                "at",
                "customer",
                "owner",
                "team",
                "kind",
                "currency",
                "amount",
                "measure",
                "active",
                "passed",
            ],
            postgresql_where=OF_LISTS,
        ),
    )

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(SmallInteger)
    day: Mapped[date]
    until_day: Mapped[date | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    owner: Mapped[UUID | None]
    team: Mapped[UUID | None]
    pipeline: Mapped[UUID]
    stage: Mapped[UUID | None]
    product: Mapped[UUID | None]
    company: Mapped[UUID | None]
    customer: Mapped[UUID | None]
    channel: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    n: Mapped[int] = mapped_column(SmallInteger)
    priced: Mapped[int] = mapped_column(SmallInteger)
    zero: Mapped[int] = mapped_column(SmallInteger)
    amount: Mapped[Decimal | None] = mapped_column(Amount)
    measure: Mapped[Decimal | None] = mapped_column(Measure)
    active: Mapped[Decimal | None] = mapped_column(Measure)
    passed: Mapped[bool]
    dropped: Mapped[bool]
    reached: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))


class Counter(Base):
    """The sum of contributions in one cell. The order of the key is the order of the reads."""

    __tablename__ = "counters"
    # room in each page: a changed sum stays where it is, and the long key needs no other entry
    __table_args__ = ({"postgresql_with": {"fillfactor": 80}},)

    grain: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    key: Mapped[UUID] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    span: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    pipeline: Mapped[UUID] = mapped_column(primary_key=True)
    stage: Mapped[UUID] = mapped_column(primary_key=True)
    target: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(Text, primary_key=True)
    team: Mapped[UUID] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)
    priced: Mapped[int] = mapped_column(BigInteger)
    zero: Mapped[int] = mapped_column(BigInteger)
    passed: Mapped[int] = mapped_column(BigInteger)
    dropped: Mapped[int] = mapped_column(BigInteger)
    finished: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[Decimal] = mapped_column(Amount)
    measure: Mapped[Decimal] = mapped_column(Measure)


class Channel(Base):
    """The label behind the counter key of a channel or kind."""

    __tablename__ = "channels"

    key: Mapped[UUID] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(Text)
