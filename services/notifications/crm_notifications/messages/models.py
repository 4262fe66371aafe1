"""Messages: one to one recipient, once per rule and event."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_notifications.base import Base
from crm_notifications.messages.errors import StepNotPossibleError
from crm_notifications.messages.rules import Status, Step, after
from crm_shared.db.types import Aggregate, UtcDateTime

# literal, so that the planner always knows which partial index is meant
DUE = text("status IN ('queued', 'failed_temporary')")
UNDER_WAY = text("status = 'sending'")


class Message(Aggregate, Base):
    """A message on its way; names, addresses and words are looked up when it is sent."""

    __tablename__ = "messages"

    rule_id: Mapped[UUID]
    rule_version: Mapped[int]
    source_event_id: Mapped[UUID]
    source_type: Mapped[str] = mapped_column(String(100))
    source_revision: Mapped[int]
    subject_id: Mapped[UUID]
    correlation_id: Mapped[UUID]
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recipient_kind: Mapped[str] = mapped_column(String(16))
    recipient_id: Mapped[UUID]
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    deal_id: Mapped[UUID | None]
    contact_id: Mapped[UUID | None]
    company_id: Mapped[UUID | None]
    template_id: Mapped[UUID]
    channel: Mapped[str] = mapped_column(String(32))
    purpose: Mapped[str] = mapped_column(String(32))
    facts: Mapped[dict[str, dict[str, Any]]] = mapped_column(JSONB)
    status: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claim_id: Mapped[UUID | None]
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    language: Mapped[str | None] = mapped_column(String(8))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        # once per rule and event, however often the event comes
        UniqueConstraint(
            "rule_id",
            "subject_id",
            "source_revision",
            "recipient_kind",
            "recipient_id",
            name="uq_messages_once",
        ),
        Index(
            "ix_messages_due",
            "next_attempt_at",
            postgresql_where=DUE,
        ),
        Index("ix_messages_lease", "claimed_until", postgresql_where=UNDER_WAY),
        Index("ix_messages_deal_id", "deal_id"),
        Index("ix_messages_contact_id", "contact_id"),
        Index("ix_messages_created_at", "created_at", "id"),
        Index("ix_messages_owner_id", "owner_id", "created_at", "id"),
    )

    def take(self, step: Step) -> None:
        """Go where `step` leads, or refuse it."""
        reached = after(Status(self.status), step)
        if reached is None:
            raise StepNotPossibleError(self.id, step, self.status)
        self.status = reached.value
