"""What webhooks make of the log: each event becomes a delivery to whoever wants it, once."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.feed import queries as feed
from crm_notifications.feed import statements as feed_statements
from crm_notifications.feed.models import WEBHOOKS
from crm_notifications.webhooks import queries, statements
from crm_notifications.webhooks.fields import askable
from crm_notifications.webhooks.models import Webhook
from crm_notifications.webhooks.rules.matching import Wish
from crm_notifications.webhooks.rules.trying import Reason, Status
from crm_notifications.webhooks.use_cases.changing import disable_webhook
from crm_shared.clock import utc_now
from crm_shared.filters import parse_surviving
from crm_shared.ids import new_id

PAGE = 500
# custom fields change without any webhook's doing
KEPT_FOR_S = 30.0


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: tuple[Any, ...]
    until: float
    wishes: list[Wish]


class WishBook:
    """The wishes of all active webhooks, read again when one of them changes."""

    def __init__(self) -> None:
        self._kept: _Kept | None = None

    async def wishes(self, session: AsyncSession, stamp: tuple[Any, ...]) -> list[Wish]:
        """Return them; a webhook that asks for a vanished field is switched off and told."""
        now = asyncio.get_running_loop().time()
        if self._kept is None or self._kept.stamp != stamp or self._kept.until < now:
            wishes = [
                wish
                for webhook in await queries.active_webhooks(session)
                if (wish := await wish_of(session, webhook)) is not None
            ]
            self._kept = _Kept(stamp, now + KEPT_FOR_S, wishes)
        return self._kept.wishes


async def wish_of(session: AsyncSession, webhook: Webhook) -> Wish | None:
    """Return what a webhook wants; None when its conditions cannot be asked any more."""
    fields = await askable(session, webhook.event_types)
    conditions, faults = parse_surviving(webhook.conditions, fields)
    if faults:
        # less of a condition would tell more than was asked for, resting silently would lose
        await disable_webhook(session, webhook.id, Reason.CONDITIONS)
        return None
    return Wish(
        webhook_id=webhook.id,
        patterns=tuple(webhook.event_types),
        conditions=conditions,
        fields=fields,
        skipped_actor=webhook.made_by_id if webhook.skip_own else None,
        on_bulk=webhook.on_bulk,
        after_position=webhook.after_position,
    )


async def match_next(session: AsyncSession, book: WishBook, *, page: int = PAGE) -> int:
    """Queue what the next events of the log mean to webhooks; return how many were looked at."""
    begin = await queries.first_begin(session)
    if begin is None:
        return 0
    reached = await feed.place(session, WEBHOOKS)
    rows = await queries.log_page(session, max(reached or 0, begin), limit=page)
    if not rows:
        return 0
    # after the events: a webhook made meanwhile is asked too, and would else have missed them
    wishes = await book.wishes(session, await queries.stamp(session))
    await statements.queue(session, _deliveries(rows, wishes))
    # two workers may do the same page: deliveries are there once, and the place never goes back
    await feed_statements.move_to(session, WEBHOOKS, rows[-1].position)
    return len(rows)


async def replay_next(session: AsyncSession, *, page: int = PAGE) -> int:
    """Queue the next stretch of a replay; return how many events were looked at."""
    asked = await queries.next_replay(session)
    if asked is None:
        return 0
    webhook = await queries.find_active(session, asked.webhook_id)
    wish = None if webhook is None else await wish_of(session, webhook)
    rows = await queries.log_page(session, asked.reached, until=asked.until, limit=page)
    if wish is None or not rows:
        asked.done_at = utc_now()
        await session.flush()
        return 1
    anew = _deliveries(rows, [replace(wish, after_position=0)])
    asked.queued += await statements.queue_again(
        session, anew, only_undelivered=asked.only_undelivered
    )
    asked.reached = rows[-1].position
    await session.flush()
    return len(rows)


def _deliveries(rows: Sequence[Any], wishes: Sequence[Wish]) -> list[dict[str, Any]]:
    now, found = utc_now(), []
    for row in rows:
        possible = [wish for wish in wishes if wish.fits(row.position, row.type)]
        if not possible:
            continue
        envelope = json.loads(row.envelope)
        found += [
            {
                "id": new_id(),
                "webhook_id": wish.webhook_id,
                "event_id": row.event_id,
                "event_type": row.type,
                "position": row.position,
                "status": Status.WAITING.value,
                "attempts": 0,
                "tries": [],
                "next_attempt_at": now,
                "created_at": now,
            }
            for wish in possible
            if wish.wants(envelope)
        ]
    return found
