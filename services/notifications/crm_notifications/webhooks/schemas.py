"""Bodies of the webhooks feature."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from crm_notifications.templates.schemas import left_out
from crm_notifications.webhooks.rules.matching import Payload

WebhookName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Patterns = Annotated[list[Pattern], Field(min_length=1, max_length=50)]


class WebhookIn(BaseModel):
    """A new webhook."""

    model_config = ConfigDict(extra="forbid")

    name: WebhookName
    url: Url = Field(
        description="https, port 443 or 8443, in the open internet",
        examples=["https://example.com/crm"],
    )
    event_types: Patterns = Field(
        description="Patterns over types of events: `*` one part, a last `>` the rest",
        examples=[["crm.deals.deal.>", "crm.contacts.lead.created.v1"]],
    )
    conditions: dict[str, Any] = Field(
        default={},
        description="A filter over the event: fields of its snapshot, and `event.…`",
        examples=[{"field": "event.changed", "op": "has", "value": "amount"}],
    )
    payload: Payload = Field(
        default=Payload.FULL,
        description="full: the event; changes: what changed, old and new; thin: names of fields",
    )
    skip_own: bool = Field(
        default=False, description="Leave out what the maker of this webhook changed himself"
    )
    on_bulk: bool = Field(default=True, description="Also what imports and mass changes did")
    is_active: bool = True


class WebhookChangeIn(BaseModel):
    """What changes of a webhook."""

    model_config = ConfigDict(extra="forbid")

    name: WebhookName = left_out()
    url: Url = left_out()
    event_types: Patterns = left_out()
    conditions: dict[str, Any] = left_out()
    payload: Payload = left_out()
    skip_own: bool = left_out()
    on_bulk: bool = left_out()
    is_active: bool = left_out()


class WebhookOut(BaseModel):
    """A webhook; `disabled_reason`: `by-hand`, `unsubscribed` (410), `failing`, `conditions`."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    name: str
    url: str
    event_types: list[str]
    conditions: dict[str, Any]
    payload: str
    skip_own: bool
    on_bulk: bool
    is_active: bool
    disabled_reason: str | None
    made_by_id: UUID
    after_position: int
    old_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime


class WebhookSecretOut(WebhookOut):
    """A webhook together with the secret that verifies it; it is shown only now."""

    secret: str = Field(examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"])


class WebhookHealthOut(BaseModel):
    """How a receiver is doing."""

    waiting: int = Field(description="Deliveries that are still to be made")
    failures: int = Field(description="Attempts that failed since the last good one")
    failing_since: datetime | None
    delivered_at: datetime | None = Field(description="The last good attempt")


class RotateIn(BaseModel):
    """For how long the secret before stays good."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: int = Field(default=24, ge=0, le=24 * 30)


class TryOut(BaseModel):
    """One attempt."""

    at: datetime
    status: int | None = Field(description="What the receiver answered; null when nothing")
    error: str | None = Field(description="`timeout`, `connect-failed`, `tls-failed`, …")
    duration_ms: int


class DeliveryOut(BaseModel):
    """One event on its way: `waiting`, `delivered` or `dead` (given up; it can be retried)."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    webhook_id: UUID
    event_id: UUID
    event_type: str
    position: int | None = Field(description="In the log; null for a test")
    status: str
    attempts: int
    next_attempt_at: datetime
    last_status: int | None
    last_error: str | None
    tries: list[TryOut]
    created_at: datetime
    settled_at: datetime | None


class ReplayIn(BaseModel):
    """Which stretch of the log is sent once more."""

    model_config = ConfigDict(extra="forbid")

    after: int | None = Field(default=None, ge=0, le=2**62, description="A position")
    since: AwareDatetime | None = Field(default=None, description="In place of `after`")
    until: AwareDatetime | None = Field(default=None, description="Now when absent")
    only_undelivered: bool = Field(
        default=True, description="Leave out what was delivered; false sends everything again"
    )


class ReplayOut(BaseModel):
    """A replay; done when `done_at` is set."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    webhook_id: UUID
    after: int
    until: int
    reached: int
    only_undelivered: bool
    queued: int
    asked_by_id: UUID
    asked_at: datetime
    done_at: datetime | None


class WebhookFieldsOut(BaseModel):
    """What conditions may ask for these patterns."""

    event_types: list[str]
    fields: dict[str, list[str]] = Field(description="Operators by field")
