"""Webhooks, what is to be delivered to them, and what is sent once more."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_notifications.base import Base
from crm_shared.clock import utc_now
from crm_shared.db.types import Aggregate, UtcDateTime
from crm_shared.ids import new_id

# literal, so that the planner always knows which partial index is meant
WAITING = text("status = 'waiting'")


class Webhook(Aggregate, Base):
    """An address of another system, and which events go there."""

    __tablename__ = "webhooks"

    name: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(Text)
    event_types: Mapped[list[str]] = mapped_column(ARRAY(Text))
    conditions: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    payload: Mapped[str] = mapped_column(String(16))
    skip_own: Mapped[bool] = mapped_column(default=False)
    on_bulk: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    disabled_reason: Mapped[str | None] = mapped_column(String(32))
    # who made it: whose own changes can be skipped, who is told, whose eyes it sees with
    made_by_id: Mapped[UUID]
    made_by_role: Mapped[str] = mapped_column(String(32))
    # secrets are worked out from their number: nothing that signs lies in the database
    secret_number: Mapped[int] = mapped_column(default=1)
    old_secret_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # events up to here are none of its business
    after_position: Mapped[int] = mapped_column(BigInteger, default=0)

    __table_args__ = (UniqueConstraint("source_system", "external_id"),)


class WebhookHealth(Base):
    """How a webhook's receiver is doing; no change of the webhook, so no revision."""

    __tablename__ = "webhook_health"

    webhook_id: Mapped[UUID] = mapped_column(
        ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True
    )
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebhookDelivery(Base):
    """One event on its way to one webhook, with every attempt; the event itself is in the log."""

    __tablename__ = "webhook_deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event_id: Mapped[UUID]
    event_type: Mapped[str] = mapped_column(String(100))
    position: Mapped[int | None] = mapped_column(BigInteger)
    # only of a test, which is no event of anybody
    body: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claim_id: Mapped[UUID | None]
    last_status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(String(64))
    tries: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        # once per webhook and event, however often both are looked at
        UniqueConstraint("webhook_id", "event_id"),
        Index(
            "ix_webhook_deliveries_due", "webhook_id", "next_attempt_at", postgresql_where=WAITING
        ),
        Index("ix_webhook_deliveries_created_at", "webhook_id", "created_at", "id"),
        Index("ix_webhook_deliveries_settled_at", "settled_at"),
    )


class WebhookReplay(Base):
    """A stretch of the log that somebody wants to be sent once more."""

    __tablename__ = "webhook_replays"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    after: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[int] = mapped_column(BigInteger)
    reached: Mapped[int] = mapped_column(BigInteger)
    only_undelivered: Mapped[bool]
    queued: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    asked_by_id: Mapped[UUID]
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_webhook_replays_webhook_id", "webhook_id", "asked_at"),)
