"""Every SELECT of webhooks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.feed.models import FeedEvent
from crm_notifications.webhooks.errors import DeliveryNotFoundError, WebhookNotFoundError
from crm_notifications.webhooks.models import (
    WAITING,
    Webhook,
    WebhookDelivery,
    WebhookHealth,
    WebhookReplay,
)


def webhooks() -> Select[Webhook]:
    """All webhooks that were not deleted."""
    return select(Webhook).where(Webhook.deleted_at.is_(None))


async def get_webhook(session: AsyncSession, webhook_id: UUID) -> Webhook:
    """One webhook."""
    found = await session.scalar(webhooks().where(Webhook.id == webhook_id))
    if found is None:
        raise WebhookNotFoundError(webhook_id)
    return found


async def find_active(session: AsyncSession, webhook_id: UUID) -> Webhook | None:
    """One webhook that is switched on, locked so that it is switched off once."""
    query = webhooks().where(Webhook.id == webhook_id, Webhook.is_active)
    return await session.scalar(query.with_for_update())


async def hold_webhook(session: AsyncSession, webhook_id: UUID) -> None:
    """Let nobody else write what came of a webhook's deliveries until the transaction ends.

    Whoever locks a webhook and deliveries of it locks the webhook first.
    """
    row = select(Webhook.id).where(Webhook.id == webhook_id)
    await session.execute(row.with_for_update(key_share=True))


async def count_webhooks(session: AsyncSession) -> int:
    """How many there are."""
    count = select(func.count()).select_from(Webhook).where(Webhook.deleted_at.is_(None))
    return int(await session.scalar(count) or 0)


async def active_webhooks(session: AsyncSession) -> list[Webhook]:
    """Those that hear of events."""
    return list(await session.scalars(webhooks().where(Webhook.is_active).order_by(Webhook.id)))


async def first_begin(session: AsyncSession) -> int | None:
    """Where the first of the active webhooks begins to listen; None when there is none."""
    begin = select(func.min(Webhook.after_position))
    return await session.scalar(begin.where(Webhook.is_active, Webhook.deleted_at.is_(None)))


async def stamp(session: AsyncSession) -> tuple[Any, ...]:
    """What moves with any change of any active webhook."""
    asked = select(func.count(), func.sum(Webhook.revision), func.max(Webhook.updated_at)).where(
        Webhook.is_active, Webhook.deleted_at.is_(None)
    )
    return tuple((await session.execute(asked)).one())


async def get_health(session: AsyncSession, webhook_id: UUID) -> WebhookHealth | None:
    """How a receiver is doing; None before the first attempt."""
    return await session.get(WebhookHealth, webhook_id)


async def count_waiting(session: AsyncSession, webhook_id: UUID) -> int:
    """How many deliveries are still to be made."""
    count = select(func.count()).select_from(WebhookDelivery)
    return int(await session.scalar(count.where(_of(webhook_id), WAITING)) or 0)


def deliveries(webhook_id: UUID) -> Select[WebhookDelivery]:
    """The delivery log of a webhook."""
    return select(WebhookDelivery).where(_of(webhook_id))


async def get_delivery(
    session: AsyncSession, webhook_id: UUID, delivery_id: UUID
) -> WebhookDelivery:
    """One delivery of a webhook."""
    found = await session.scalar(deliveries(webhook_id).where(WebhookDelivery.id == delivery_id))
    if found is None:
        raise DeliveryNotFoundError(delivery_id)
    return found


async def list_replays(session: AsyncSession, webhook_id: UUID) -> list[WebhookReplay]:
    """What was asked to be sent once more, newest first."""
    query = select(WebhookReplay).where(WebhookReplay.webhook_id == webhook_id)
    return list(await session.scalars(query.order_by(WebhookReplay.asked_at.desc()).limit(100)))


async def next_replay(session: AsyncSession) -> WebhookReplay | None:
    """A replay that is not done, locked for this worker."""
    query = (
        select(WebhookReplay)
        .where(WebhookReplay.done_at.is_(None))
        .order_by(WebhookReplay.asked_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return await session.scalar(query)


async def due_webhooks(session: AsyncSession, now: datetime) -> Sequence[Any]:
    """Webhooks with something to send now, and since when their receivers take nothing."""
    due = (
        select(WebhookDelivery.id)
        .where(WebhookDelivery.webhook_id == Webhook.id, WAITING)
        .where(WebhookDelivery.next_attempt_at <= now)
        .where(or_(Webhook.is_active, WebhookDelivery.body.is_not(None)))
        .exists()
    )
    query = (
        select(Webhook, WebhookHealth.failing_since)
        .outerjoin(WebhookHealth, WebhookHealth.webhook_id == Webhook.id)
        .where(Webhook.deleted_at.is_(None), due)
    )
    return (await session.execute(query)).all()


async def log_page(
    session: AsyncSession, after: int, *, until: int | None = None, limit: int
) -> Sequence[Any]:
    """The next events of the log, whoever wants them."""
    query = select(
        FeedEvent.position, FeedEvent.type, FeedEvent.event_id, FeedEvent.envelope
    ).where(FeedEvent.position > after)
    if until is not None:
        query = query.where(FeedEvent.position <= until)
    return (await session.execute(query.order_by(FeedEvent.position).limit(limit))).all()


async def envelopes_at(session: AsyncSession, positions: Sequence[int]) -> dict[int, str]:
    """The events at these positions, as far as they are still kept."""
    query = select(FeedEvent.position, FeedEvent.envelope).where(FeedEvent.position.in_(positions))
    return {row.position: row.envelope for row in await session.execute(query)}


async def position_before(session: AsyncSession, at: datetime) -> int:
    """The position of the last event that the log got before a moment; 0 when there is none."""
    query = select(func.max(FeedEvent.position)).where(FeedEvent.stored_at < at)
    return int(await session.scalar(query) or 0)


def _of(webhook_id: UUID) -> Any:
    return WebhookDelivery.webhook_id == webhook_id
