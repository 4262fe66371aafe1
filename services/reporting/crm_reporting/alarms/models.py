"""Alarms, when they were last looked at, and the customers whose rhythm they know to be broken."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, Numeric, String, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_reporting.base import Base
from crm_shared.db.types import Aggregate, UtcDateTime

Figure: Numeric[Decimal] = Numeric(24, 9)


class Alarm(Aggregate, Base):
    """What is watched, where it becomes too much, and who is told."""

    __tablename__ = "alarms"
    __table_args__ = (Index("ix_alarms_owner_id", "owner_id"),)

    name: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[UUID]
    team_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(10))
    metric: Mapped[str | None] = mapped_column(String(60))
    variant: Mapped[str | None] = mapped_column(String(20))
    filter: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    days: Mapped[int | None]
    direction: Mapped[str | None] = mapped_column(String(5))
    bound: Mapped[Decimal | None] = mapped_column(Figure)
    release: Mapped[Decimal | None] = mapped_column(Figure)
    classes: Mapped[list[str] | None] = mapped_column(ARRAY(String(1)))
    user_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    is_active: Mapped[bool]
    is_raised: Mapped[bool]


class AlarmCheck(Base):
    """When an alarm was last looked at, what the metric was then, and when it is next."""

    __tablename__ = "alarm_checks"
    __table_args__ = (Index("ix_alarm_checks_due_at", "due_at"),)

    alarm_id: Mapped[UUID] = mapped_column(
        ForeignKey("alarms.id", ondelete="CASCADE"), primary_key=True
    )
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    value: Mapped[Decimal | None] = mapped_column(Figure)
    reason: Mapped[str | None] = mapped_column(String(60))


class AlarmCustomer(Base):
    """A customer of whom an alarm has said, or silently knows, that his rhythm is broken."""

    __tablename__ = "alarm_customers"

    alarm_id: Mapped[UUID] = mapped_column(
        ForeignKey("alarms.id", ondelete="CASCADE"), primary_key=True
    )
    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
