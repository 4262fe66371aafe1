"""Copies of records as their events told of them last, and who waits for whose answer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_notifications.base import Base
from crm_shared.db.types import UtcDateTime


class Subject(Base):
    """A client, deal or invoice at its newest revision: what its event said, nothing typed."""

    __tablename__ = "subjects"

    noun: Mapped[str] = mapped_column(String(16), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int]
    event_id: Mapped[UUID]
    correlation_id: Mapped[UUID]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_bulk: Mapped[bool]
    is_gone: Mapped[bool]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # `due_date=2026-12-01`: every day it names, so that one index finds whose day it is
    days: Mapped[list[str]] = mapped_column(ARRAY(Text))

    __table_args__ = (Index("ix_subjects_days", "days", postgresql_using="gin"),)


class Silence(Base):
    """When colleagues last spoke to a client, or about a deal, and when they last heard back."""

    __tablename__ = "silences"

    noun: Mapped[str] = mapped_column(String(16), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_silences_asked_at", "asked_at"),)
