"""Message rules: on which event which template goes to whom."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm_notifications.base import Base
from crm_shared.db.types import Aggregate
from crm_shared.events.rules import RuleColumns


class MessageRule(RuleColumns, Aggregate, Base):
    """Event and conditions on one side; template, recipient and purpose on the other."""

    __tablename__ = "message_rules"

    template_id: Mapped[UUID] = mapped_column(ForeignKey("templates.id"))
    recipient: Mapped[str] = mapped_column(String(16))
    recipient_user_id: Mapped[UUID | None]
    channel: Mapped[str] = mapped_column(String(32))
    purpose: Mapped[str] = mapped_column(String(32))
    expires_after_s: Mapped[int]

    __table_args__ = (
        UniqueConstraint("source_system", "external_id"),
        Index("ix_message_rules_template_id", "template_id"),
    )

    @property
    def expires_after(self) -> timedelta:
        """How long after the event a message is still of use."""
        return timedelta(seconds=self.expires_after_s)
