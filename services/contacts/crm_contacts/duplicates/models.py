"""Pairs that look alike, and how far the standing scan has come."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import UtcDateTime
from crm_shared.ids import new_id


class PairState(StrEnum):
    OPEN = "open"
    DISMISSED = "dismissed"


class DuplicatePair(Base):
    """Two records of one kind that look alike, the lesser id first, with score and reasons."""

    __tablename__ = "duplicate_pairs"
    __table_args__ = (
        UniqueConstraint("one_id", "other_id"),
        Index("ix_duplicate_pairs_other_id", "other_id"),
        Index("ix_duplicate_pairs_kind_state_score", "kind", "state", "score", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(20))
    one_id: Mapped[UUID]
    other_id: Mapped[UUID]
    score: Mapped[int]
    reasons: Mapped[list[str]] = mapped_column(ARRAY(Text))
    state: Mapped[str] = mapped_column(String(20))
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[UUID | None]


class DuplicateScan(Base):
    """Up to which change the records of a kind were looked through."""

    __tablename__ = "duplicate_scans"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_id: Mapped[UUID]
    # how many look alike, as it was told last
    told_records: Mapped[int | None]
