"""Bodies of the channels feature."""

from datetime import datetime, time
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from crm_shared.money import Amount, Currency
from crm_shared.settings import LANGUAGES

Language = Annotated[str, StringConstraints(pattern=f"^({'|'.join(LANGUAGES)})$")]


class ChannelOut(BaseModel):
    """A way to reach people, who carries the letters, and what was set; secrets are never shown."""

    channel: str
    revision: int
    provider: str | None
    is_configured: bool
    is_stopped: bool
    mail_from: str | None
    host: str | None
    port: int | None
    encryption: str | None
    connections: int | None
    rate_per_s: float | None
    quiet_from: time | None
    quiet_until: time | None
    cap_messages: int | None
    cap_days: int | None
    price: Amount | None
    currency: str | None


class ChannelChangeIn(BaseModel):
    """What is set for a channel; what is left out stays, null takes it away."""

    model_config = ConfigDict(extra="forbid")

    is_stopped: bool = Field(
        default=False, description="The kill switch: nothing is sent, messages wait and expire"
    )
    rate_per_s: float | None = Field(
        default=None, gt=0, le=1000, description="Letters a second, all workers together"
    )
    quiet_from: time | None = Field(
        default=None,
        description="From then to `quiet_until` by the recipient's clock no marketing and surveys",
    )
    quiet_until: time | None = None
    cap_messages: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="Marketing and surveys to one person in `cap_days` days, by whatever channel; "
        "what would be more is cancelled",
    )
    cap_days: int | None = Field(default=None, ge=1, le=366)
    price: Annotated[Amount, Field(ge=0)] | None = Field(
        default=None,
        description="Of one message, of an SMS of one part, where the provider does not tell it",
    )
    currency: Currency | None = None


class TrialIn(BaseModel):
    """Where a letter is sent to, past the queue, to see whether the provider takes it."""

    model_config = ConfigDict(extra="forbid")

    to: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320)] = (
        Field(examples=["olena@example.com"])
    )
    language: Language = "en"


class TrialOut(BaseModel):
    """What the provider said, as a code."""

    outcome: str
    code: str | None
    provider: str


class AddressIn(BaseModel):
    """A chat's id, as the messenger names it."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class MailboxLetterOut(BaseModel):
    """A letter as its recipient would have got it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    channel: str
    mail_from: str
    to_name: str
    to_address: str
    subject: str
    text: str
    html: str | None
    language: str
    kept_at: datetime


class InAppLetterOut(BaseModel):
    """A letter to a colleague."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    subject: str
    text: str
    language: str
    kept_at: datetime
