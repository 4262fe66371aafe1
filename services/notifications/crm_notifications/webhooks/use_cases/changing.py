"""What people and receivers do to a webhook and its deliveries."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.events import (
    WebhookCreated,
    WebhookDeleted,
    WebhookDisabled,
    WebhookFacts,
    WebhookUpdated,
)
from crm_notifications.feed import queries as feed
from crm_notifications.feed.errors import EventPatternError
from crm_notifications.feed.rules import is_pattern
from crm_notifications.webhooks import queries, statements
from crm_notifications.webhooks.errors import (
    DeliveryWaitsError,
    ReplayRangeError,
    TooManyWebhooksError,
    WebhookInactiveError,
    WebhookUrlError,
)
from crm_notifications.webhooks.fields import askable
from crm_notifications.webhooks.models import Webhook, WebhookDelivery, WebhookReplay
from crm_notifications.webhooks.rules.addresses import RefusedAddressError, check_url
from crm_notifications.webhooks.rules.trying import Reason, Status
from crm_shared.actor import Actor, Role
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.filters import parse_tree
from crm_shared.http.hiding import refuse_conditions
from crm_shared.ids import new_id

MOST_WEBHOOKS = 200
TEST_TYPE = "crm.notifications.webhook.test.v1"


async def create_webhook(
    session: AsyncSession, actor: Actor, values: Mapping[str, Any], *, allowed: Collection[str]
) -> Webhook:
    """Make a webhook; it hears of what comes into the log from now on."""
    if await queries.count_webhooks(session) >= MOST_WEBHOOKS:
        raise TooManyWebhooksError(MOST_WEBHOOKS)
    webhook = Webhook(
        **values,
        id=new_id(),
        made_by_id=actor.id,
        made_by_role=actor.role.value,
        secret_number=1,
        after_position=await feed.newest_position(session),
        disabled_reason=None if values["is_active"] else Reason.BY_HAND.value,
    )
    await _check(session, webhook, allowed)
    session.add(webhook)
    event = WebhookCreated(webhook=facts_of(webhook), changed=[], previous={})
    await outbox.record(session, webhook, event)
    return webhook


async def change_webhook(
    session: AsyncSession,
    actor: Actor,
    webhook: Webhook,
    values: Mapping[str, Any],
    *,
    allowed: Collection[str],
) -> Webhook:
    """Change a webhook; switched on again it hears of what comes from now on."""
    await queries.hold_webhook(session, webhook.id)
    was_active = webhook.is_active
    if actor.role is not Role.ADMIN:
        # whoever says where events go must not be told by them what is hidden from him
        webhook.made_by_role = actor.role.value
    for name, value in values.items():
        setattr(webhook, name, value)
    await _check(session, webhook, allowed)
    if webhook.is_active and not was_active:
        webhook.disabled_reason = None
        webhook.after_position = await feed.newest_position(session)
        await statements.forget_health(session, webhook.id)
        # what was matched while it was being switched off
        await statements.call_off(session, webhook.id, "webhook-disabled", utc_now())
    if was_active and not webhook.is_active:
        webhook.disabled_reason = Reason.BY_HAND.value
        await statements.call_off(session, webhook.id, "webhook-disabled", utc_now())
    await _announce(session, webhook, WebhookUpdated)
    return webhook


async def rotate_secret(session: AsyncSession, webhook: Webhook, overlap: timedelta) -> Webhook:
    """Give a webhook its next secret; the one before signs beside it for a while."""
    webhook.secret_number += 1
    webhook.old_secret_until = utc_now() + overlap
    await _announce(session, webhook, WebhookUpdated)
    return webhook


async def delete_webhook(session: AsyncSession, webhook: Webhook) -> None:
    """Stop a webhook for good; its log stays until it is too old."""
    await queries.hold_webhook(session, webhook.id)
    webhook.deleted_at, webhook.is_active = utc_now(), False
    await statements.call_off(session, webhook.id, "webhook-deleted", utc_now())
    await _announce(session, webhook, WebhookDeleted)


async def disable_webhook(session: AsyncSession, webhook_id: UUID, reason: Reason) -> None:
    """Switch a webhook off because of its receiver, and tell; what waits can be replayed."""
    webhook = await queries.find_active(session, webhook_id)
    if webhook is None:
        return
    webhook.is_active, webhook.disabled_reason = False, reason.value
    await statements.call_off(session, webhook.id, "webhook-disabled", utc_now())
    await _announce(session, webhook, WebhookDisabled)


async def test_webhook(session: AsyncSession, actor: Actor, webhook: Webhook) -> WebhookDelivery:
    """Send a made-up event, once, also to a webhook that is switched off."""
    now, event_id = utc_now(), new_id()
    delivery = WebhookDelivery(
        id=new_id(),
        webhook_id=webhook.id,
        event_id=event_id,
        event_type=TEST_TYPE,
        body=_test_event(webhook, actor, event_id, now),
        status=Status.WAITING.value,
        attempts=0,
        tries=[],
        next_attempt_at=now,
        created_at=now,
    )
    session.add(delivery)
    await session.flush()
    return delivery


async def retry_delivery(
    session: AsyncSession, webhook: Webhook, delivery: WebhookDelivery
) -> WebhookDelivery:
    """Send one event once more, under the id it had."""
    if not webhook.is_active and delivery.body is None:
        raise WebhookInactiveError(webhook.id)
    if not await statements.try_again(session, delivery.id, utc_now()):
        raise DeliveryWaitsError(delivery.id)
    await session.refresh(delivery)
    return delivery


async def replay(
    session: AsyncSession,
    actor: Actor,
    webhook: Webhook,
    *,
    after: int | None,
    since: datetime | None,
    until: datetime | None,
    only_undelivered: bool,
) -> WebhookReplay:
    """Send a stretch of the log once more, each event under its own id."""
    if not webhook.is_active:
        raise WebhookInactiveError(webhook.id)
    begin = await _begin(session, after, since)
    newest = await feed.newest_position(session)
    end = newest if until is None else await queries.position_before(session, until)
    if end < begin:
        raise ReplayRangeError("/until", "It must not end before it begins.")
    asked = WebhookReplay(
        id=new_id(),
        webhook_id=webhook.id,
        after=begin,
        until=end,
        reached=begin,
        only_undelivered=only_undelivered,
        queued=0,
        asked_by_id=actor.id,
        asked_at=utc_now(),
        done_at=None,
    )
    session.add(asked)
    await session.flush()
    return asked


async def _begin(session: AsyncSession, after: int | None, since: datetime | None) -> int:
    if (after is None) == (since is None):
        raise ReplayRangeError("/after", "Say either `after` (a position) or `since` (a moment).")
    begin = after if since is None else await queries.position_before(session, since)
    oldest = await feed.floor(session)
    if after is not None and after < oldest:
        raise ReplayRangeError("/after", f"Events up to {oldest} are not kept any more.")
    return max(begin or 0, oldest)


async def _check(session: AsyncSession, webhook: Webhook, allowed: Collection[str]) -> None:
    try:
        check_url(webhook.url, allowed)
    except RefusedAddressError as refused:
        raise WebhookUrlError(str(refused)) from None
    for place, pattern in enumerate(webhook.event_types):
        if not is_pattern(pattern):
            raise EventPatternError(f"/event_types/{place}")
    fields = await askable(session, webhook.event_types)
    refuse_conditions(
        parse_tree(webhook.conditions, fields, pointer="/conditions"), at="/conditions"
    )


async def _announce(
    session: AsyncSession,
    webhook: Webhook,
    kind: type[WebhookUpdated | WebhookDeleted | WebhookDisabled],
) -> None:
    changes = outbox.changes_of(webhook, WebhookFacts)
    if changes:
        event = kind(webhook=facts_of(webhook), changed=changes.changed, previous=changes.previous)
        await outbox.record(session, webhook, event)


def _test_event(webhook: Webhook, actor: Actor, event_id: UUID, now: datetime) -> str:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": str(event_id),
            "source": "/crm/notifications",
            "type": TEST_TYPE,
            "subject": str(webhook.id),
            "time": now.isoformat(),
            "datacontenttype": "application/json",
            "dataschema": f"/contracts/{TEST_TYPE}.json",
            "recordedtime": now.isoformat(),
            "revision": webhook.revision,
            "actorid": str(actor.id),
            "correlationid": str(new_id()),
            "causationid": None,
            "bulk": False,
            "traceparent": None,
            "data": {"webhook": facts_of(webhook).model_dump(mode="json")},
        },
        ensure_ascii=False,
    )


def facts_of(webhook: Webhook) -> WebhookFacts:
    """What everyone may know of a webhook; its address may hold a key and stays at home."""
    return WebhookFacts(
        label=webhook.name,
        event_types=webhook.event_types,
        payload=webhook.payload,
        skip_own=webhook.skip_own,
        on_bulk=webhook.on_bulk,
        is_active=webhook.is_active,
        disabled_reason=webhook.disabled_reason,
        made_by_id=webhook.made_by_id,
    )
