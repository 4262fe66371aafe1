"""Bodies of the sequences feature."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class TakenOut(BaseModel):
    """A letter that was due: what came of it, and why nothing did."""

    step: int
    due_at: datetime
    taken_at: datetime
    outcome: Literal["queued", "skipped"]
    reason: str | None
    message_id: UUID | None = Field(description="How it was carried stands at `/v1/messages`")


class EnrolmentOut(BaseModel):
    """One record on its way through a rule's letters; times in UTC."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    rule_id: UUID
    rule_version: int
    noun: str
    subject_id: UUID
    occasion: str = Field(description="What it happens once for")
    contact_id: UUID | None
    company_id: UUID | None
    deal_id: UUID | None
    owner_id: UUID | None
    team_id: UUID | None
    status: Literal["active", "finished", "stopped"]
    reason: str | None = Field(description="Why it was stopped")
    next_step: int = Field(description="From 0; -1 before the first wait was counted")
    next_at: datetime
    started_at: datetime
    taken: list[TakenOut]
    created_at: datetime
    updated_at: datetime


class PreviewIn(BaseModel):
    """For whom, and as if it began when."""

    model_config = ConfigDict(extra="forbid")

    noun: Literal["contact", "deal", "invoice"]
    subject_id: UUID
    at: AwareDatetime | None = Field(default=None, description="Now when null")


class PreviewStepOut(BaseModel):
    """What would become of a letter."""

    step: int
    at: datetime = Field(description="When it would be written, quiet hours not counted in")
    template_id: UUID
    channel: str
    purpose: str
    recipient_kind: str | None
    recipient_id: UUID | None
    language: str | None
    outcome: Literal["send", "wait", "skip"]
    reason: str | None
    until: datetime | None = Field(description="Till when it would wait, where that is known")


class RulePreviewOut(BaseModel):
    """What a rule would do for a record as everything stands now; nothing is written or sent."""

    model_config = ConfigDict(from_attributes=True)

    begins: bool
    reason: str | None = Field(description="Why it would not begin")
    begins_at: datetime | None
    steps: list[PreviewStepOut]
