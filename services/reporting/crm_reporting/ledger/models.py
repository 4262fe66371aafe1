"""Every event of the four streams, append only, and how complete each aggregate's events are."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_reporting.base import Base
from crm_shared.db.types import UtcDateTime


class LedgerEntry(Base):
    """One event as it came. Kept in a partition per month of `recordedtime`."""

    __tablename__ = "ledger"
    __table_args__ = (
        Index("ix_ledger_subject_revision", "subject", "revision"),
        # what the effect is measured on beside deals, without reading all the rest
        Index(
            "ix_ledger_effect",
            "subject",
            "revision",
            postgresql_where=text("split_part(type, '.', 3) IN ('activity', 'call', 'invoice')"),
        ),
        # who wrote anything on a day (K66)
        Index("ix_ledger_actor", text("(envelope ->> 'actorid')"), "recorded_at"),
        # what currencies were worth and who was merged, as known at an instant
        Index(
            "ix_ledger_rates",
            "subject",
            "revision",
            postgresql_where=text("split_part(type, '.', 3) = 'rate'"),
        ),
        Index(
            "ix_ledger_merges",
            "recorded_at",
            postgresql_where=text("split_part(type, '.', 4) IN ('merged', 'unmerged')"),
        ),
        {"postgresql_partition_by": "RANGE (recorded_at)"},
    )

    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    publisher: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    subject: Mapped[UUID]
    revision: Mapped[int]
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    envelope: Mapped[dict[str, Any]] = mapped_column(JSONB)


class LedgerHead(Base):
    """How far an aggregate's events reach: revisions are dense, so fewer events is a gap."""

    __tablename__ = "ledger_heads"
    __table_args__ = (
        Index(
            "ix_ledger_heads_behind",
            "behind_since",
            postgresql_where=text("events < last_revision"),
        ),
    )

    subject: Mapped[UUID] = mapped_column(primary_key=True)
    publisher: Mapped[str] = mapped_column(Text)
    events: Mapped[int]
    last_revision: Mapped[int]
    behind_since: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Projection(Base):
    """How far a stream is behind, as its worker last saw it."""

    __tablename__ = "projections"

    publisher: Mapped[str] = mapped_column(Text, primary_key=True)
    pending: Mapped[int]
    behind_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)
