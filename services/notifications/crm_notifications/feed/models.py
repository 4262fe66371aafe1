"""The log that readers outside of the bus go through: one order over all publishers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from crm_notifications.base import Base
from crm_shared.clock import utc_now
from crm_shared.db.types import UtcDateTime

# places in the log, by name
FLOOR = "floor"
WEBHOOKS = "webhooks"
INBOX = "inbox"
SEQUENCES = "sequences"


class FeedEvent(Base):
    """One event as it was published, at its position; nobody changes it."""

    __tablename__ = "feed_events"

    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    type: Mapped[str] = mapped_column(String(100))
    subject: Mapped[UUID]
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    stored_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=utc_now, server_default=func.now()
    )
    envelope: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_feed_events_subject", "subject", "position"),)


class FeedPlace(Base):
    """How far a reader of the log has come; the floor is how far it was trimmed."""

    __tablename__ = "feed_places"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
