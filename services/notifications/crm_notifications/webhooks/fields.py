"""What conditions of webhooks may ask, by what their patterns let through, and lists of them."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.feed.rules import fits
from crm_notifications.message_rules.fields import FIELDS
from crm_notifications.webhooks.models import Webhook, WebhookDelivery
from crm_shared.filters import Field, Fields, fields_of
from crm_shared.nouns import known_fields


class _Told(BaseModel):
    """What every envelope tells."""

    type: str
    subject: UUID
    actor_id: UUID
    bulk: bool
    revision: int
    time: datetime
    changed: list[str]
    owner_id: UUID | None
    team_id: UUID | None


class _Ours(BaseModel):
    owner_id: UUID | None
    team_id: UUID | None


class _Lead(_Ours):
    status: str
    source: str | None
    channel: str | None
    score: int
    disqualify_reason: str | None
    contact_id: UUID | None
    company_id: UUID | None
    deal_id: UUID | None
    tags: list[str]


class _Company(_Ours):
    client_class: str | None
    sector: str | None
    country: str | None
    is_key: bool
    tags: list[str]


class _About(_Ours):
    contact_id: UUID | None
    company_id: UUID | None
    deal_id: UUID | None


class _Activity(_About):
    kind: str
    status: str
    direction: str | None
    outcome: str | None
    is_promise: bool
    due_at: datetime | None


class _Call(_About):
    direction: str
    answered: bool | None
    duration_s: int | None
    is_internal: bool


class _Case(_About):
    status: str
    priority: str
    channel: str | None
    topic: str | None
    queue_id: UUID | None
    tags: list[str]


class _Invoice(_About):
    kind: str
    status: str
    currency: str
    total: Decimal
    due: Decimal
    due_date: date | None


class _Payment(_About):
    kind: str
    direction: str
    currency: str
    amount: Decimal
    paid_on: date


SNAPSHOTS: dict[str, type[BaseModel]] = {
    "crm.contacts.lead": _Lead,
    "crm.contacts.company": _Company,
    "crm.contacts.activity": _Activity,
    "crm.contacts.call": _Call,
    "crm.contacts.case": _Case,
    "crm.deals.invoice": _Invoice,
    "crm.deals.payment": _Payment,
}
ENVELOPE = Fields({f"event.{name}": field for name, field in fields_of(_Told).items()})


def _by_noun() -> dict[str, Fields]:
    found: dict[str, Fields] = {}
    for event_type, fields in FIELDS.items():
        prefix = event_type.rpartition(".")[0].rpartition(".")[0]
        found.setdefault(prefix, Fields()).update(fields)
    for prefix, shape in SNAPSHOTS.items():
        noun = prefix.rpartition(".")[2]
        told = {f"{noun}.{name}": field for name, field in fields_of(shape).items()}
        found.setdefault(prefix, Fields()).update(told)
    return found


BY_NOUN = _by_noun()


async def askable(session: AsyncSession, patterns: Iterable[str]) -> Fields:
    """Return every field that conditions over these patterns may name, custom ones included."""
    wanted = tuple(patterns)
    fields = Fields(ENVELOPE)
    for prefix, known in BY_NOUN.items():
        if any(_touches(pattern, prefix) for pattern in wanted):
            fields.update(await known_fields.askable(session, f"{prefix}.updated.v1", known))
    return fields


def _touches(pattern: str, prefix: str) -> bool:
    """Tell whether some fact of a noun could fit a pattern."""
    fact = ".".join(pattern.split(".")[3:])
    rest = fact.replace("*", "any").replace(">", "any") or "any"
    return fits(f"{prefix}.{rest}", (pattern,))


WEBHOOKS_LISTED = Fields(
    {
        "id": Field(UUID, Webhook.id),
        "name": Field(str, Webhook.name),
        "is_active": Field(bool, Webhook.is_active),
        "disabled_reason": Field(str, Webhook.disabled_reason),
        "made_by_id": Field(UUID, Webhook.made_by_id),
        "created_at": Field(datetime, Webhook.created_at),
        "updated_at": Field(datetime, Webhook.updated_at),
    }
)
DELIVERIES_LISTED = Fields(
    {
        "id": Field(UUID, WebhookDelivery.id),
        "event_id": Field(UUID, WebhookDelivery.event_id),
        "event_type": Field(str, WebhookDelivery.event_type),
        "position": Field(int, WebhookDelivery.position),
        "status": Field(str, WebhookDelivery.status),
        "last_status": Field(int, WebhookDelivery.last_status),
        "created_at": Field(datetime, WebhookDelivery.created_at),
        "settled_at": Field(datetime, WebhookDelivery.settled_at),
    }
)
