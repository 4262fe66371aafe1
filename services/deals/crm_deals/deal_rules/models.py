"""Rows of the deal rules feature."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Integer, PrimaryKeyConstraint, SmallInteger, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_deals.base import Base
from crm_shared.clock import utc_now
from crm_shared.db.types import Aggregate, UtcDateTime
from crm_shared.events.rules import RuleColumns

BY_TIME = "time"


class DealRule(Aggregate, RuleColumns, Base):
    """When its event comes or its time has come and the conditions hold, the actions are taken."""

    __tablename__ = "deal_rules"
    __table_args__ = (
        Index(
            "uq_deal_rules_external",
            "source_system",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
    )

    pipeline_id: Mapped[UUID | None]
    schedule: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    actions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)

    @property
    def kinds(self) -> list[str]:
        """What kinds of actions it takes, in their order."""
        return [str(action["do"]) for action in self.actions]


class DealRuleRun(Base):
    """One line of the run log: what a rule did with an event or a moment, or why nothing."""

    __tablename__ = "deal_rule_runs"
    __table_args__ = (
        PrimaryKeyConstraint("rule_id", "rule_version", "event_id"),
        # a date, a stretch of silence or a day is met once, whatever version of the rule meets it
        Index(
            "uq_deal_rule_runs_occurrence",
            "rule_id",
            "deal_id",
            "occurrence",
            unique=True,
            postgresql_where=text("occurrence IS NOT NULL"),
        ),
        Index("ix_deal_rule_runs_event_id", "event_id"),
        Index("ix_deal_rule_runs_chain", "correlation_id", "deal_id"),
        Index("ix_deal_rule_runs_rule_id_ran_at", "rule_id", "ran_at"),
    )

    rule_id: Mapped[UUID]
    rule_version: Mapped[int] = mapped_column(Integer)
    event_id: Mapped[UUID]
    deal_id: Mapped[UUID | None]
    occurrence: Mapped[str | None] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str | None] = mapped_column(Text)
    correlation_id: Mapped[UUID | None]
    depth: Mapped[int] = mapped_column(SmallInteger)
    ran_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class DealRuleTurn(Base):
    """Whose turn it is when a rule gives deals to people one after the other."""

    __tablename__ = "deal_rule_turns"

    rule_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
