"""Who goes through which rule's letters, and how far he has come."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_notifications.base import Base
from crm_shared.clock import utc_now
from crm_shared.db.types import UtcDateTime

UNDER_WAY = text("status = 'active'")


class Enrolment(Base):
    """One record on its way through the letters of one rule, as the rule was when it began.

    How letters are carried, not a record of anybody's: each letter announces itself.
    """

    __tablename__ = "enrolments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    rule_id: Mapped[UUID]
    rule_version: Mapped[int]
    noun: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[UUID]
    # what it happens once for: a rule's version, a year of birthdays, a day, a silence
    occasion: Mapped[str] = mapped_column(String(120))
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    contact_id: Mapped[UUID | None]
    company_id: Mapped[UUID | None]
    deal_id: Mapped[UUID | None]
    source_event_id: Mapped[UUID]
    source_type: Mapped[str] = mapped_column(String(100))
    source_revision: Mapped[int]
    correlation_id: Mapped[UUID]
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    facts: Mapped[dict[str, dict[str, Any]]] = mapped_column(JSONB)
    plan: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    stop_on: Mapped[list[str]] = mapped_column(ARRAY(Text))
    # where the deal stood when it began: leaving that is what may end it
    stage_id: Mapped[UUID | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(64))
    next_step: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # one line per step: when it was due, when it was taken, what came of it
    taken: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (
        UniqueConstraint("rule_id", "subject_id", "occasion", name="uq_enrolments_occasion"),
        # nobody goes through the same letters twice at a time, whatever its version
        Index(
            "uq_enrolments_under_way",
            "rule_id",
            "subject_id",
            unique=True,
            postgresql_where=UNDER_WAY,
        ),
        Index("ix_enrolments_next_at", "next_at", postgresql_where=UNDER_WAY),
        Index("ix_enrolments_contact_id", "contact_id"),
        Index("ix_enrolments_deal_id", "deal_id"),
        Index("ix_enrolments_created_at", "rule_id", "created_at", "id"),
    )
