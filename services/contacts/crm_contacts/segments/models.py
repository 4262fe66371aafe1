"""Segments, who is in them, and when who was."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_contacts.segments.rules import BY_RULE
from crm_shared.db.types import Aggregate, UtcDateTime
from crm_shared.ids import new_id

_OPEN = text("until IS NULL")


class Segment(Aggregate, Base):
    """A group of contacts or companies, chosen by hand or by a rule."""

    __tablename__ = "segments"
    __table_args__ = (
        Index("ix_segments_created_at_id", "created_at", "id"),
        Index("ix_segments_owner_id", "owner_id"),
    )

    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(Text)
    noun: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(10))
    filter: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    is_active: Mapped[bool]
    # counts changes of the rule alone; 0 where members are chosen by hand
    rule_version: Mapped[int]

    @property
    def is_by_rule(self) -> bool:
        return self.kind == BY_RULE


class SegmentMember(Aggregate, Base):
    """Whether a record is in a segment now; each coming and going is a revision."""

    __tablename__ = "segment_members"
    __table_args__ = (
        UniqueConstraint("segment_id", "member_id"),
        Index("ix_segment_members_member_id", "member_id"),
    )

    segment_id: Mapped[UUID]
    member_id: Mapped[UUID]
    noun: Mapped[str] = mapped_column(String(10))
    is_member: Mapped[bool]


class SegmentStay(Base):
    """From when to when a record was in a segment, and by which version of its rule."""

    __tablename__ = "segment_stays"
    __table_args__ = (
        Index("ix_segment_stays_segment_id_since", "segment_id", "since"),
        Index("ix_segment_stays_member_id", "member_id"),
        # nobody is in a segment twice at once
        Index(
            "uq_segment_stays_open", "segment_id", "member_id", unique=True, postgresql_where=_OPEN
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    segment_id: Mapped[UUID]
    member_id: Mapped[UUID]
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rule_version: Mapped[int]


class SegmentEvaluation(Base):
    """When the rule of a segment was last asked, when it is to be asked again, what hindered it."""

    __tablename__ = "segment_evaluations"
    __table_args__ = (Index("ix_segment_evaluations_due_at", "due_at"),)

    segment_id: Mapped[UUID] = mapped_column(primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    evaluated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    evaluated_version: Mapped[int | None]
    # up to which record this round has come
    seen_id: Mapped[UUID | None]
    problem: Mapped[str | None] = mapped_column(String(60))
