"""Metrics of the company's own, what they said before, and what events come to by them."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, Numeric, SmallInteger, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_reporting.base import Base
from crm_reporting.custom_metrics.rules.definitions import PREFIX
from crm_shared.db.types import Aggregate, UtcDateTime

Figure: Numeric[Decimal] = Numeric(30, 9)
LIVE = text("deleted_at IS NULL")


class CustomMetric(Aggregate, Base):
    """What is counted, how it is called, and whether all that came before is counted yet."""

    __tablename__ = "custom_metrics"
    __table_args__ = (Index("uq_custom_metrics_key", "key", unique=True, postgresql_where=LIVE),)

    key: Mapped[str] = mapped_column(String(40))
    title: Mapped[dict[str, str]] = mapped_column(JSONB)
    description: Mapped[dict[str, str]] = mapped_column(JSONB)
    unit: Mapped[str] = mapped_column(String(10))
    direction: Mapped[str] = mapped_column(String(4))
    numerator: Mapped[dict[str, Any]] = mapped_column(JSONB)
    denominator: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    groups: Mapped[dict[str, str]] = mapped_column(JSONB)
    roles: Mapped[list[str] | None] = mapped_column(ARRAY(String(20)))
    # the revision by which rows are counted: names may change without counting anew
    counted_revision: Mapped[int]

    @property
    def metric(self) -> str:
        """Its name among all metrics."""
        return f"{PREFIX}{self.key}"


class CustomMetricState(Base):
    """Up to where the past is counted: nobody waits for it, nobody is told half of it."""

    __tablename__ = "custom_metric_states"

    metric_id: Mapped[UUID] = mapped_column(
        ForeignKey("custom_metrics.id", ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[int]
    counted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CustomMetricVersion(Base):
    """What a metric said from a revision on."""

    __tablename__ = "custom_metric_versions"

    metric_id: Mapped[UUID] = mapped_column(
        ForeignKey("custom_metrics.id", ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[UUID]
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)


class CustomFact(Base):
    """What one event adds to one side of a metric: a figure reads these, never the ledger."""

    __tablename__ = "custom_facts"
    __table_args__ = (Index("ix_custom_facts_at", "metric_id", "revision", "side", "at"),)

    metric_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    side: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    owner: Mapped[UUID | None]
    team: Mapped[UUID | None]
    value: Mapped[Decimal | None] = mapped_column(Figure)
    distinct_of: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    keys: Mapped[list[str | None]] = mapped_column(ARRAY(Text))
