"""Assignment rules: whom a record without an owner goes to, and what they did."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, String, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import Aggregate, UtcDateTime
from crm_shared.events.rules import RuleColumns
from crm_shared.ids import new_id


class AssignmentRule(Aggregate, RuleColumns, Base):
    """Gives records of one noun to people: in turn, to the least busy, or to the best rated."""

    __tablename__ = "assignment_rules"

    noun: Mapped[str] = mapped_column(String(20))
    how: Mapped[str] = mapped_column(String(20))
    user_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    team_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    counts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    per_user: Mapped[int | None]
    per_team: Mapped[int | None]


class AssignmentTurn(Base):
    """Who was last given something by a rule; held while a rule chooses, so that replicas wait."""

    __tablename__ = "assignment_turns"

    rule_id: Mapped[UUID] = mapped_column(primary_key=True)
    last_user_id: Mapped[UUID | None]


class AssignmentRun(Base):
    """What a rule did with one record, and why; rows are only added."""

    __tablename__ = "assignment_runs"
    __table_args__ = (
        Index("ix_assignment_runs_rule_id_id", "rule_id", "id"),
        Index("ix_assignment_runs_record_id", "record_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    rule_id: Mapped[UUID]
    rule_version: Mapped[int]
    record_id: Mapped[UUID]
    event_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(String(60))
    passed_over: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
