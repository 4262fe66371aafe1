"""Bodies of the mailings feature."""

from datetime import datetime, time
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crm_notifications.channels.rules import Channel, Purpose
from crm_notifications.message_rules.schemas import Seconds
from crm_notifications.templates.schemas import LongName, left_out

A_WEEK = 7 * 24 * 3600
Share = Annotated[int, Field(ge=1, le=99)]
Pace = Annotated[int, Field(ge=1, le=100_000)]


class MailingIn(BaseModel):
    """A new mailing; nothing is sent before it is started."""

    model_config = ConfigDict(extra="forbid")

    name: LongName
    segment_id: UUID = Field(description="A segment of contacts; who is in it when it starts")
    channel: Channel = Channel.EMAIL
    purpose: Purpose = Purpose.MARKETING
    template_id: UUID
    template_b_id: UUID | None = Field(default=None, description="Another version, for a test")
    survey_id: UUID | None = Field(
        default=None, description="What its letters ask: `survey.url` leads there"
    )
    share_of_b: Share = Field(default=50, description="Percent who get the other version")
    per_minute: Pace | None = Field(default=None, description="So many letters a minute at most")
    window_from: time | None = Field(
        default=None, description="Only from then to `window_until`, by the recipient's clock"
    )
    window_until: time | None = None
    expires_after_s: Seconds = Field(
        default=A_WEEK, description="For so long after its turn a letter is of use"
    )
    starts_at: AwareDatetime | None = Field(
        default=None, description="When it begins once it is started; at once when absent"
    )


class MailingChangeIn(BaseModel):
    """What changes of a draft."""

    model_config = ConfigDict(extra="forbid")

    name: LongName = left_out()
    segment_id: UUID = left_out()
    channel: Channel = left_out()
    purpose: Purpose = left_out()
    template_id: UUID = left_out()
    template_b_id: UUID | None = None
    survey_id: UUID | None = None
    share_of_b: Share = left_out()
    per_minute: Pace | None = None
    window_from: time | None = None
    window_until: time | None = None
    expires_after_s: Seconds = left_out()
    starts_at: AwareDatetime | None = None


class MailingOut(BaseModel):
    """A mailing and how far it is."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    name: str
    segment_id: UUID
    channel: str
    purpose: str
    template_id: UUID
    template_b_id: UUID | None
    survey_id: UUID | None
    share_of_b: int
    per_minute: int | None
    window_from: time | None
    window_until: time | None
    expires_after_s: int
    status: str
    reason: str | None
    starts_at: datetime | None
    started_at: datetime | None
    paused_at: datetime | None
    finished_at: datetime | None
    is_filled: bool
    members: int
    recipients: int
    created_at: datetime
    updated_at: datetime


class VariantOut(BaseModel):
    """What became of one version: recipients, each counted once; rates are shares of `delivered`.

    `delivered` is what was sent and did not come back; where providers confirm, `confirmed` of it.
    `opened` and `clicked` are people's; what scanners did is counted beside. Null over nothing.
    """

    variant: str
    recipients: int
    waiting: int
    sent: int
    delivered: int
    confirmed: int
    bounced: int
    failed: int
    unknown: int
    expired: int
    cancelled: int
    opened: int
    clicked: int
    opened_by_machines: int
    clicked_by_machines: int
    complained: int
    unsubscribed: int
    open_rate: float | None
    click_rate: float | None
    click_to_open: float | None
    bounce_rate: float | None
    unsubscribe_rate: float | None


class ComparisonOut(BaseModel):
    """B against A; `reason` says why there is no winner."""

    model_config = ConfigDict(from_attributes=True)

    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    winner: str | None
    reason: str | None


class ResultsOut(BaseModel):
    """How a mailing went, by version; `test` compares two shares: two proportions, two sides."""

    variants: list[VariantOut]
    reasons: dict[str, int] = Field(description="Why letters did not go, and how many each")
    opens: ComparisonOut | None
    clicks: ComparisonOut | None
    test: str
