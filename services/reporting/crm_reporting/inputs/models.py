"""Rows of the inputs: nouns like others, with a revision and an event for each change."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_reporting.base import Base
from crm_shared.db.types import Aggregate, Money

Figure: Numeric[Decimal] = Numeric(24, 9)
LIVE = text("deleted_at IS NULL")


class Baseline(Aggregate, Base):
    """What a figure was before the CRM: recorded once, frozen, at most withdrawn."""

    __tablename__ = "baselines"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="period"),
        Index(
            "uq_baselines_figure", "metric", "team_id",
            unique=True, postgresql_where=LIVE, postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip

    metric: Mapped[str] = mapped_column(String(60))
    team_id: Mapped[UUID | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    value: Mapped[Decimal] = mapped_column(Figure)
    currency: Mapped[str | None] = mapped_column(String(3))
    source: Mapped[str] = mapped_column(String(10))
    metric_version: Mapped[int]
    working_days: Mapped[int | None]
    months: Mapped[dict[str, str]] = mapped_column(JSONB)
    recorded_by: Mapped[UUID]
    note: Mapped[str | None] = mapped_column(String(2000))


class Plan(Aggregate, Base):
    """What a figure should come to, of a user, a team, the company; or a goal of the CRM."""

    __tablename__ = "plans"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="period"),
        Index("ix_plans_period", "starts_on", "ends_on", postgresql_where=LIVE),
    )

    metric: Mapped[str] = mapped_column(String(60))
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    value: Mapped[Decimal] = mapped_column(Figure)
    currency: Mapped[str | None] = mapped_column(String(3))
    is_goal: Mapped[bool]
    note: Mapped[str | None] = mapped_column(String(2000))


class Cost(Aggregate, Base):
    """A marketing cost by channel and campaign, spread by days over its time (F15)."""

    __tablename__ = "costs"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="period"),
        Index("ix_costs_period", "starts_on", "ends_on", postgresql_where=LIVE),
    )

    category: Mapped[str] = mapped_column(String(60))
    channel: Mapped[str | None] = mapped_column(String(100))
    campaign_id: Mapped[UUID | None]
    campaign: Mapped[str | None] = mapped_column(String(100))
    purpose: Mapped[str] = mapped_column(String(12))
    amount: Mapped[Decimal] = mapped_column(Money)
    currency: Mapped[str] = mapped_column(String(3))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    note: Mapped[str | None] = mapped_column(String(2000))


class Staff(Aggregate, Base):
    """Somebody at work in a role for a time: his share of full time and what he costs a month."""

    __tablename__ = "staff"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="period"),)

    role: Mapped[str] = mapped_column(String(60))
    user_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    fte: Mapped[Decimal] = mapped_column(Numeric(7, 3))
    pay: Mapped[Decimal] = mapped_column(Money)
    currency: Mapped[str] = mapped_column(String(3))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(String(2000))


class Investment(Aggregate, Base):
    """What went into the CRM, at once or every month (E5)."""

    __tablename__ = "investments"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="period"),)

    kind: Mapped[str] = mapped_column(String(20))
    is_monthly: Mapped[bool]
    amount: Mapped[Decimal | None] = mapped_column(Money)
    hours: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    rate: Mapped[Decimal | None] = mapped_column(Money)
    users: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    price: Mapped[Decimal | None] = mapped_column(Money)
    currency: Mapped[str] = mapped_column(String(3))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(String(2000))


class EffectSetup(Aggregate, Base):
    """How the effect is judged: since when, at which margin, what is credited and why; one row."""

    __tablename__ = "effect_setups"

    starts_on: Mapped[date]
    currency: Mapped[str] = mapped_column(String(3))
    margin: Mapped[Decimal] = mapped_column(Numeric(7, 4))
    script_coverage: Mapped[Decimal | None] = mapped_column(Numeric(7, 4))
    price_index: Mapped[Decimal | None] = mapped_column(Numeric(12, 6))
    planned_benefit: Mapped[Decimal | None] = mapped_column(Money)
    weights: Mapped[dict[str, Any]] = mapped_column(JSONB)
    declared: Mapped[list[Any]] = mapped_column(JSONB)
