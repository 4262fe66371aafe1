"""Bodies of the messages feature."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from crm_shared.money import Amount


class MessageOut(BaseModel):
    """A message: for whom, by which rule, and how it stands; its words are made when it is sent."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    status: str
    reason: str | None
    channel: str
    purpose: str
    recipient_kind: str
    recipient_id: UUID
    owner_id: UUID | None
    team_id: UUID | None
    deal_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    template_id: UUID
    language: str | None
    rule_id: UUID
    rule_version: int
    source_event_id: UUID
    source_type: str
    source_revision: int
    happened_at: datetime
    attempts: int
    next_attempt_at: datetime
    expires_at: datetime
    mailing_id: UUID | None
    variant: str | None
    enrolment_id: UUID | None
    survey_id: UUID | None
    step: int | None
    provider: str | None
    cost: Amount | None
    currency: str | None
    sent_at: datetime | None
    delivered_at: datetime | None
    bounced_at: datetime | None
    complained_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
    unsubscribed_at: datetime | None
    created_at: datetime
    updated_at: datetime
