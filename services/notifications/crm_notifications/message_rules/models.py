"""Message rules: on which event which template goes to whom."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
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
    # what the first letter asks; contacts makes an invitation of it
    survey_id: Mapped[UUID | None]
    # of rules by time: which day, how long before, at what o'clock
    timing: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # before the first letter; the others have waits of their own
    wait: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    steps: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, default=list, server_default=text("'[]'::jsonb")
    )
    stop_on: Mapped[list[str]] = mapped_column(
        ARRAY(Text), default=list, server_default=text("'{}'")
    )

    __table_args__ = (
        UniqueConstraint("source_system", "external_id"),
        Index("ix_message_rules_template_id", "template_id"),
    )

    @property
    def expires_after(self) -> timedelta:
        """How long after the event a message is still of use."""
        return timedelta(seconds=self.expires_after_s)
