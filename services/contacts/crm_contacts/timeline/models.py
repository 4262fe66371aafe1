"""Entries of timelines; rows are only added."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import UtcDateTime


class TimelineEntry(Base):
    """One event in the timeline of one contact, company, deal or lead."""

    __tablename__ = "timeline_entries"
    __table_args__ = (Index("ix_timeline_entries_anchor_id_at_id", "anchor_id", "at", "id"),)

    anchor_id: Mapped[UUID] = mapped_column(primary_key=True)
    # the event's own: told twice, it is written once
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    author_id: Mapped[UUID]
    source: Mapped[str] = mapped_column(String(20))
    noun: Mapped[str] = mapped_column(String(40))
    fact: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    revision: Mapped[int]
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)


class TimelineDeal(Base):
    """Who owns a deal, as its newest event says: whose timeline it is."""

    __tablename__ = "timeline_deals"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int]
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
