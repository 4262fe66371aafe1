"""Letters that stayed in the house."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm_notifications.base import Base
from crm_shared.clock import utc_now
from crm_shared.db.types import UtcDateTime


class MailboxLetter(Base):
    """A letter as its recipient would have got it; its id is the message's."""

    __tablename__ = "mailbox_letters"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    mail_from: Mapped[str] = mapped_column(String(320))
    to_name: Mapped[str] = mapped_column(Text)
    to_address: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (Index("ix_mailbox_letters_kept_at", "kept_at", "id"),)
