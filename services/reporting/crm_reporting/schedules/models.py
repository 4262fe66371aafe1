"""Rows of the schedules, and what was sent of each to whom."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, SmallInteger, String, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_reporting.base import Base
from crm_shared.db.types import Aggregate, UtcDateTime


class ReportSchedule(Aggregate, Base):
    """Which report goes to which colleagues, on which days of the week and at what o'clock."""

    __tablename__ = "report_schedules"
    __table_args__ = (
        Index("ix_report_schedules_next", "next_at", postgresql_where=text("deleted_at IS NULL")),
    )

    owner_id: Mapped[UUID]
    team_id: Mapped[UUID | None]
    report: Mapped[str] = mapped_column(String(40))
    format: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(2))
    period: Mapped[str] = mapped_column(String(12))
    filters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    at: Mapped[str] = mapped_column(String(5))
    recipient_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    is_active: Mapped[bool]
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ReportDelivery(Base):
    """One report for one reader: its id is what the link of his letter proves."""

    __tablename__ = "report_deliveries"
    __table_args__ = (UniqueConstraint("schedule_id", "due_at", "recipient_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    schedule_id: Mapped[UUID] = mapped_column(ForeignKey("report_schedules.id"))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    recipient_id: Mapped[UUID]
