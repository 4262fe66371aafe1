"""Typed facts: a deal as each revision left it, and what the other nouns' events say."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_reporting.base import Base
from crm_shared.db.types import Money, UtcDateTime

# the nouns that follow a deal
LINKED = ("invoice", "payment")


class DealFact(Base):
    """A deal as one revision left it; `at` is when that happened in the business."""

    __tablename__ = "deal_facts"
    __table_args__ = (
        UniqueConstraint("event_id"),
        Index("ix_deal_facts_recorded_at", "recorded_at", postgresql_using="brin"),
        # what was promised for some days, as known at a moment
        Index(
            "ix_deal_facts_expected_on",
            "expected_on",
            "at",
            postgresql_where=text("outcome = 'open'"),
        ),
    )

    deal_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[UUID]
    verb: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    owner: Mapped[UUID | None]
    team: Mapped[UUID | None]
    pipeline: Mapped[UUID]
    stage: Mapped[UUID]
    outcome: Mapped[str] = mapped_column(Text)
    probability: Mapped[int]
    amount: Mapped[Decimal | None] = mapped_column(Money)
    currency: Mapped[str] = mapped_column(Text)
    company: Mapped[UUID | None]
    contact: Mapped[UUID | None]
    channel: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at_known: Mapped[bool]
    won_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lost_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expected_on: Mapped[date | None]
    is_void: Mapped[bool]
    from_stage: Mapped[UUID | None]
    from_position: Mapped[int | None]
    to_position: Mapped[int | None]
    reason: Mapped[UUID | None]
    competitor: Mapped[UUID | None]
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    credits: Mapped[list[Any]] = mapped_column(JSONB)
    lines: Mapped[list[Any]] = mapped_column(JSONB)


class NounFact(Base):
    """What an event said of any other noun; of what is counted, only what figures need."""

    __tablename__ = "noun_facts"
    __table_args__ = (
        # what was invoiced and paid of a deal: the chain from campaign to payment
        Index(
            "ix_noun_facts_deal",
            text("(data ->> 'deal_id')"),
            postgresql_where=text("kind IN ('invoice', 'payment')"),
        ),
    )

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[UUID]
    verb: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
