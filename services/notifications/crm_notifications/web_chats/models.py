"""Web chats: on whose pages they stand, and how many may come."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_notifications.base import Base
from crm_shared.db.types import Aggregate, UtcDateTime


class WebChat(Aggregate, Base):
    """A chat on web pages; its key stands in them for everybody to read, so it opens nothing."""

    __tablename__ = "web_chats"
    __table_args__ = (UniqueConstraint("source_system", "external_id"),)

    name: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(32), unique=True)
    origins: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_active: Mapped[bool]
    # what becomes of a visitor whom nobody knows: keep, or lead
    unknown: Mapped[str] = mapped_column(String(8))
    needs_address: Mapped[bool]
    asks_consent: Mapped[bool]
    privacy_url: Mapped[str | None] = mapped_column(Text)
    titles: Mapped[dict[str, str]] = mapped_column(JSONB)
    greetings: Mapped[dict[str, str]] = mapped_column(JSONB)
    color: Mapped[str] = mapped_column(String(7))
    per_minute: Mapped[int]
    per_address_hour: Mapped[int]


class WebChatGuard(Base):
    """How often a chat was used of late, in all and from one address; the address is a hash."""

    __tablename__ = "web_chat_guards"

    chat_id: Mapped[UUID] = mapped_column(ForeignKey("web_chats.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(32), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    hits: Mapped[int]
