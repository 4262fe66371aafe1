"""Bodies of the consents feature."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crm_contacts.contacts.schemas import Code, Consent, Instant, Text


class ConsentIn(BaseModel):
    """What somebody said about being reached by one channel for one purpose."""

    model_config = ConfigDict(extra="forbid")

    channel: Code = Field(description="For example email, sms, call")
    purpose: Code = Field(description="For example marketing, survey, service")
    granted: bool
    at: Instant | None = Field(default=None, description="Now when absent")
    source: Text | None = Field(default=None, description="Where it was said")


class ConsentWordOut(Consent):
    recorded_at: datetime
    actor_id: UUID


class ConsentsOut(BaseModel):
    current: list[Consent] = Field(description="The word that counts, by channel and purpose")
    history: list[ConsentWordOut] = Field(description="Every word ever kept, the newest first")


class LinkIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    channel: Code
    purpose: Code


class LinkOut(BaseModel):
    url: str = Field(description="For whoever writes to the person: opens to everybody who has it")
    expires_at: datetime
