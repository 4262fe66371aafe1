"""Mailings: to which segment, what, how fast, and how far it is."""

from datetime import datetime, time
from uuid import UUID

from sqlalchemy import Float, ForeignKey, Index, String, Time, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_notifications.base import Base
from crm_notifications.mailings.errors import MoveNotPossibleError
from crm_notifications.mailings.rules import LIFE, Move, Status
from crm_shared.db.types import Aggregate, UtcDateTime

# what the jobs look for
AT_WORK = text("status IN ('running', 'cancelled')")


class MailingTokens(Base):
    """The token bucket of a mailing that has a pace, shared by all workers."""

    __tablename__ = "mailing_tokens"

    mailing_id: Mapped[UUID] = mapped_column(primary_key=True)
    tokens: Mapped[float] = mapped_column(Float)
    filled_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Mailing(Aggregate, Base):
    """One letter, or two versions of it, to everybody who is in a segment when it starts."""

    __tablename__ = "mailings"
    __table_args__ = (
        Index("ix_mailings_created_at_id", "created_at", "id"),
        Index("ix_mailings_at_work", "starts_at", postgresql_where=AT_WORK),
    )

    name: Mapped[str] = mapped_column(String(200))
    segment_id: Mapped[UUID]
    channel: Mapped[str] = mapped_column(String(32))
    purpose: Mapped[str] = mapped_column(String(32))
    template_id: Mapped[UUID] = mapped_column(ForeignKey("templates.id"))
    survey_id: Mapped[UUID | None]
    template_b_id: Mapped[UUID | None] = mapped_column(ForeignKey("templates.id"))
    share_of_b: Mapped[int]
    per_minute: Mapped[int | None]
    window_from: Mapped[time | None] = mapped_column(Time)
    window_until: Mapped[time | None] = mapped_column(Time)
    expires_after_s: Mapped[int]
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(64))
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # up to whom the segment was read, how many were in it, and to how many letters were queued
    read_up_to: Mapped[UUID | None]
    is_filled: Mapped[bool]
    members: Mapped[int]
    recipients: Mapped[int]

    def take(self, move: Move) -> None:
        """Go where `move` leads, or refuse it."""
        reached = LIFE.get((Status(self.status), move))
        if reached is None:
            raise MoveNotPossibleError(self.id, move.value, self.status)
        self.status = reached.value

    def must_be_a_draft(self) -> None:
        """Refuse changes of what has begun."""
        if self.status != Status.DRAFT.value:
            raise MoveNotPossibleError(self.id, "be changed", self.status)
