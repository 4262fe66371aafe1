"""Bodies of the conversations feature."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from crm_notifications.templates.schemas import left_out


class ConversationOut(BaseModel):
    """What one person and we wrote to each other on one channel; words are in its messages.

    `status`: waiting (since `waiting_since`), answered or closed.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    channel: str
    address: str
    name: str | None
    status: str
    waiting_since: datetime | None
    first_received_at: datetime | None
    first_answered_at: datetime | None
    last_at: datetime
    consented_at: datetime | None = Field(
        description="When a visitor of a web page agreed to be answered"
    )
    contact_id: UUID | None
    company_id: UUID | None
    lead_id: UUID | None
    deal_id: UUID | None
    owner_id: UUID | None
    team_id: UUID | None
    created_at: datetime
    updated_at: datetime


class ConversationChangeIn(BaseModel):
    """Whose a conversation is, and what it is about; what is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    contact_id: UUID | None = left_out()
    company_id: UUID | None = left_out()
    lead_id: UUID | None = left_out()
    deal_id: UUID | None = left_out()
    owner_id: UUID | None = left_out()
    team_id: UUID | None = left_out()


class ConversationMessageOut(BaseModel):
    """One message: theirs (inbound) or ours (outbound)."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    conversation_id: UUID
    direction: str
    at: datetime
    author_id: UUID | None = Field(description="The colleague who wrote it")
    subject: str | None
    text: str | None = Field(description="Null when it is not kept any more")
    html: str | None = Field(description="Cleaned: no scripts, no forms, nothing loaded from afar")
    is_automatic: bool = Field(description="Written by a machine, such as an out-of-office note")
    answers_message_id: UUID | None = Field(description="Our message that it replies to")
    left_out: str | None = Field(description="What was not kept of it, as codes")


class ConversationFileOut(BaseModel):
    """A file that came with a message."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    message_id: UUID
    name: str
    kind: str = Field(description="The type that its sender gave it")
    size: int = Field(description="In bytes")


class AnswerIn(BaseModel):
    """What a colleague answers."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
    subject: Annotated[str, StringConstraints(max_length=300)] | None = Field(
        default=None, description="Of e-mail; `Re:` and the last one when absent"
    )
