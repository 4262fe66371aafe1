"""Webhooks as events tell of them; addresses and conditions stay at home."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from crm_shared.events.envelope import Event


class WebhookFacts(BaseModel):
    """What everyone may know of a webhook; its address and its conditions stay at home."""

    label: str
    event_types: list[str]
    payload: str
    skip_own: bool
    on_bulk: bool
    is_active: bool
    disabled_reason: str | None
    made_by_id: UUID


class WebhookEvent(Event):
    """What became of a webhook."""

    webhook: WebhookFacts
    changed: list[str]
    previous: dict[str, Any]


class WebhookCreated(WebhookEvent, type="crm.notifications.webhook.created.v1"):
    """Another system hears of events from now on."""


class WebhookUpdated(WebhookEvent, type="crm.notifications.webhook.updated.v1"):
    """A webhook was changed, switched on or off by hand, or got another secret."""


class WebhookDisabled(WebhookEvent, type="crm.notifications.webhook.disabled.v1"):
    """A webhook was switched off: its receiver unsubscribed, took nothing for three days, or its
    conditions ask for what is not there any more."""


class WebhookDeleted(WebhookEvent, type="crm.notifications.webhook.deleted.v1"):
    """A webhook is gone."""
