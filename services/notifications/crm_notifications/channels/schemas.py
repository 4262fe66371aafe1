"""Bodies of the channels feature."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class ChannelOut(BaseModel):
    """A way to reach people, and who carries the letters; secrets are never shown."""

    channel: str
    provider: str | None
    is_configured: bool
    mail_from: str | None
    host: str | None
    port: int | None
    encryption: str | None
    connections: int | None


class MailboxLetterOut(BaseModel):
    """A letter as its recipient would have got it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    mail_from: str
    to_name: str
    to_address: str
    subject: str
    text: str
    html: str | None
    language: str
    kept_at: datetime
