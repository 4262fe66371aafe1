"""Messages: one to one recipient, once per rule and event."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_notifications.base import Base
from crm_notifications.messages.errors import StepNotPossibleError
from crm_notifications.messages.rules import Status, Step, after
from crm_shared.db.types import Aggregate, Money, UtcDateTime

# literal, so that the planner always knows which partial index is meant
DUE = text("status IN ('queued', 'failed_temporary')")
# what no mailing sets the pace of; a letter of a mailing that somebody sent anew goes by itself
ALONE = text("(mailing_id IS NULL OR lane = 0)")
OF_MANY = text("mailing_id IS NOT NULL AND lane = 1")
UNDER_WAY = text("status = 'sending'")
# what a provider may still have something to say about
OPEN = text("status IN ('sent', 'unknown')")
REFERRED = text("reference IS NOT NULL")
BY_ITSELF = text("enrolment_id IS NULL")
OF_A_MAILING = text("mailing_id IS NOT NULL")
# what tells whom not to write to again
CAME_BACK = text("(bounced_at IS NOT NULL OR complained_at IS NOT NULL)")


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
    # 1: one of many; those wait behind what is written to one person alone
    lane: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    # when it was handed to the provider: before that, a lost sender did nothing
    handed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    provider: Mapped[str | None] = mapped_column(String(32))
    reference: Mapped[str | None] = mapped_column(String(200))
    cost: Mapped[Decimal | None] = mapped_column(Money)
    currency: Mapped[str | None] = mapped_column(String(3))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    bounced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    complained_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    looked_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # how often somebody sent it anew: what providers say of an earlier letter is told apart
    resent: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    mailing_id: Mapped[UUID | None]
    survey_id: Mapped[UUID | None]
    # one letter of several: which it is, and of whose sequence
    enrolment_id: Mapped[UUID | None]
    step: Mapped[int | None] = mapped_column(SmallInteger)
    variant: Mapped[str | None] = mapped_column(String(1))
    # two contacts with one address are one recipient of a mailing; and what a bounce is known by
    address_key: Mapped[str | None] = mapped_column(String(64))
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    clicked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    machine_opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    machine_clicked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unsubscribed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        # once per rule and event, however often the event comes
        Index(
            "uq_messages_once",
            "rule_id",
            "subject_id",
            "source_revision",
            "recipient_kind",
            "recipient_id",
            unique=True,
            postgresql_where=BY_ITSELF,
        ),
        # and of a sequence once per step, whatever restarts
        Index(
            "uq_messages_step",
            "enrolment_id",
            "step",
            unique=True,
            postgresql_where=text("enrolment_id IS NOT NULL"),
        ),
        Index(
            "ix_messages_due",
            "channel",
            "lane",
            "next_attempt_at",
            postgresql_where=text(f"{DUE.text} AND {ALONE.text}"),
        ),
        # letters of mailings by themselves: those of one that is paused are not walked through
        Index(
            "ix_messages_mailing_due",
            "mailing_id",
            "next_attempt_at",
            postgresql_where=text(f"{DUE.text} AND {OF_MANY.text}"),
        ),
        Index("ix_messages_lease", "claimed_until", postgresql_where=UNDER_WAY),
        Index(
            "uq_messages_address",
            "mailing_id",
            "address_key",
            unique=True,
            postgresql_where=text("address_key IS NOT NULL"),
        ),
        Index("ix_messages_mailing_id", "mailing_id", "status", postgresql_where=OF_A_MAILING),
        Index("ix_messages_asked_after", "channel", "updated_at", postgresql_where=OPEN),
        Index("ix_messages_reference", "provider", "reference", postgresql_where=REFERRED),
        Index("ix_messages_recipient_id", "recipient_id", "sent_at"),
        Index("ix_messages_came_back", "recipient_id", postgresql_where=CAME_BACK),
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
