"""Conversations, one per person and channel, and every message of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_notifications.base import Base
from crm_notifications.conversations.errors import NothingToCloseError
from crm_notifications.conversations.rules import Direction, Said, Status
from crm_shared.db.types import Aggregate, UtcDateTime
from crm_shared.ids import new_id

# literal, so that the planner always knows which partial index is meant
IS_WAITING = text("waiting_since IS NOT NULL")


class Conversation(Aggregate, Base):
    """All that one person and we wrote to each other on one channel.

    Each word of a person raises its revision: whoever closes it has read what came last.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("channel", "address"),
        Index("ix_conversations_waiting", "waiting_since", "id", postgresql_where=IS_WAITING),
        Index("ix_conversations_last_at_id", "last_at", "id"),
        Index("ix_conversations_contact_id", "contact_id"),
        Index("ix_conversations_company_id", "company_id"),
        Index("ix_conversations_lead_id", "lead_id"),
        Index("ix_conversations_owner_id", "owner_id", "last_at"),
    )

    channel: Mapped[str] = mapped_column(String(40))
    # of an erased person it is only a name of the row
    address: Mapped[str] = mapped_column(String(320))
    name: Mapped[str | None] = mapped_column(Text)
    contact_id: Mapped[UUID | None]
    company_id: Mapped[UUID | None]
    lead_id: Mapped[UUID | None]
    deal_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(String(16))
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_received_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # when a visitor of a web page agreed that his data are used to answer him
    consented_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def hear(self, at: datetime) -> None:
        """Somebody wrote: from now on he waits, unless he does already."""
        self.first_received_at = min(self.first_received_at or at, at)
        self.waiting_since = min(self.waiting_since or at, at)
        self.last_at = max(self.last_at, at)
        self.status = Status.WAITING.value

    def answer(self, at: datetime) -> int | None:
        """Somebody of ours answered; return for how many seconds that was waited for."""
        waited = None
        if self.waiting_since is not None:
            waited = max(int((at - self.waiting_since).total_seconds()), 0)
        self.first_answered_at = self.first_answered_at or at
        self.waiting_since = None
        self.last_at = max(self.last_at, at)
        self.status = Status.ANSWERED.value
        return waited

    def close(self) -> None:
        """Nothing is left to answer."""
        if self.status == Status.CLOSED.value:
            raise NothingToCloseError(self.id)
        self.status, self.waiting_since = Status.CLOSED.value, None


class ConversationMessage(Aggregate, Base):
    """One message of a conversation, theirs or ours, with its words."""

    __tablename__ = "conversation_messages"
    __table_args__ = (
        Index("ix_conversation_messages_conversation_id_at", "conversation_id", "at", "id"),
        # a letter that comes by two ways is one
        UniqueConstraint("conversation_id", "reference"),
    )

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    direction: Mapped[str] = mapped_column(String(16))
    # the other side's id of it: a Message-ID, a number in a chat
    reference: Mapped[str | None] = mapped_column(String(400))
    answers_message_id: Mapped[UUID | None]
    author_id: Mapped[UUID | None]
    is_automatic: Mapped[bool]
    subject: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str | None] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    # what was left out of it, as codes: a file too large, a part that nobody could read
    left_out: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    @classmethod
    def of(cls, conversation: Conversation, said: Said) -> "ConversationMessage":
        """Return the row of what was said in a conversation."""
        return cls(
            id=new_id(),
            conversation_id=conversation.id,
            direction=said.direction,
            reference=said.reference,
            answers_message_id=said.answers_message_id,
            author_id=said.author_id,
            is_automatic=said.is_automatic,
            subject=said.subject,
            text=said.text,
            html=said.html,
            left_out=said.left_out,
            at=said.at,
        )

    @property
    def is_inbound(self) -> bool:
        return self.direction == Direction.INBOUND.value


class ConversationFile(Base):
    """A file that came with a message."""

    __tablename__ = "conversation_files"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversation_messages.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
