"""What colleagues were told, what they watch, and how they want it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_notifications.base import Base
from crm_notifications.inbox.rules import URGENT
from crm_shared.clock import utc_now
from crm_shared.db.types import UtcDateTime
from crm_shared.ids import new_id

# literal, so that the planner always knows which partial index is meant
UNREAD = text("read_at IS NULL")
# what has still to be told to somebody's head
_KINDS = ", ".join(f"'{kind.value}'" for kind in sorted(URGENT))
LYING = text(f"escalated_at IS NULL AND kind IN ({_KINDS})")


class Notice(Base):
    """One thing that one colleague is told, in ids and codes; names are looked up when shown."""

    __tablename__ = "notices"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(32))
    noun: Mapped[str] = mapped_column(String(64))
    record_id: Mapped[UUID]
    about: Mapped[dict[str, Any]] = mapped_column(JSONB)
    event_id: Mapped[UUID]
    event_type: Mapped[str] = mapped_column(String(100))
    position: Mapped[int] = mapped_column(BigInteger)
    actor_id: Mapped[UUID]
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        # once per colleague, event and reason, however often the event is looked at
        UniqueConstraint("user_id", "event_id", "kind"),
        Index("ix_notices_created_at", "user_id", "created_at", "id"),
        Index("ix_notices_unread", "user_id", "kind", postgresql_where=UNREAD),
        Index("ix_notices_position", "position"),
        Index(
            "ix_notices_lying",
            "created_at",
            postgresql_where=text(f"{UNREAD.text} AND {LYING.text}"),
        ),
        Index("ix_notices_age", "created_at"),
    )


class Watch(Base):
    """A record that a colleague wants to hear of whatever happens to it."""

    __tablename__ = "watches"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    noun: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (Index("ix_watches_record_id", "record_id"),)


class InboxSetting(Base):
    """How a colleague wants to be told; nothing is muted and no digest made until he says so."""

    __tablename__ = "inbox_settings"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    muted: Mapped[list[str]] = mapped_column(ARRAY(String(32)), default=list)
    digest: Mapped[str] = mapped_column(String(16))
    next_digest_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
