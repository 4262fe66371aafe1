"""Channels as an administrator set them, and letters that stayed in the house."""

from datetime import datetime, time
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Float, Index, String, Text, Time, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_notifications.base import Base
from crm_shared.clock import utc_now
from crm_shared.db.types import Aggregate, Money, UtcDateTime


class ChannelPolicy(Aggregate, Base):
    """What an administrator set for one channel; a channel nobody set has no row."""

    __tablename__ = "channels"

    channel: Mapped[str] = mapped_column(String(32), unique=True)
    is_stopped: Mapped[bool] = mapped_column(default=False)
    rate_per_s: Mapped[float | None] = mapped_column(Float)
    quiet_from: Mapped[time | None] = mapped_column(Time)
    quiet_until: Mapped[time | None] = mapped_column(Time)
    cap_messages: Mapped[int | None]
    cap_days: Mapped[int | None]
    price: Mapped[Decimal | None] = mapped_column(Money)
    currency: Mapped[str | None] = mapped_column(String(3))


class ChannelTokens(Base):
    """The token bucket of a channel, shared by all workers."""

    __tablename__ = "channel_tokens"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    tokens: Mapped[float] = mapped_column(Float)
    filled_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ChannelAddress(Base):
    """Where a contact or a colleague is reached by a messenger, such as a chat's id."""

    __tablename__ = "channel_addresses"

    recipient_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    address: Mapped[str] = mapped_column(Text)
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class InAppLetter(Base):
    """A letter for a colleague, read in the application; its id is the message's."""

    __tablename__ = "in_app_letters"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (Index("ix_in_app_letters_user_id", "user_id", "kept_at", "id"),)


class MailboxLetter(Base):
    """A letter as its recipient would have got it; its id is the message's."""

    __tablename__ = "mailbox_letters"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(32), server_default=text("'email'"))
    mail_from: Mapped[str] = mapped_column(String(320))
    to_name: Mapped[str] = mapped_column(Text)
    to_address: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (Index("ix_mailbox_letters_kept_at", "kept_at", "id"),)
