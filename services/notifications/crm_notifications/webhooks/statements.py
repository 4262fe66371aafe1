"""The hand-written writes of deliveries: queued in batches, claimed by lease, settled singly."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.webhooks.models import WAITING, WebhookDelivery, WebhookHealth
from crm_notifications.webhooks.rules.trying import KEPT_TRIES, Answer, Status
from crm_shared.clock import utc_now

DELIVERIES: Table = WebhookDelivery.__table__  # type: ignore[assignment]
HEALTH: Table = WebhookHealth.__table__  # type: ignore[assignment]


async def queue(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Queue deliveries; one that is there already stays as it is."""
    if rows:
        await session.execute(insert(DELIVERIES).on_conflict_do_nothing(), list(rows))


async def queue_again(
    session: AsyncSession, rows: Sequence[dict[str, Any]], *, only_undelivered: bool
) -> int:
    """Queue deliveries once more, under the ids they had; return how many."""
    if not rows:
        return 0
    statement = insert(DELIVERIES).values(list(rows))
    again: ColumnElement[bool] = DELIVERIES.c.status != Status.WAITING.value
    if only_undelivered:
        again = DELIVERIES.c.status == Status.DEAD.value
    done = await session.execute(
        statement.on_conflict_do_update(
            index_elements=["webhook_id", "event_id"],
            set_=_afresh(statement.excluded.next_attempt_at),
            where=again,
        ).returning(DELIVERIES.c.id)
    )
    return len(done.all())


async def try_again(session: AsyncSession, delivery_id: UUID, at: datetime) -> bool:
    """Put one settled delivery back into the queue; tell whether there was one."""
    done = await session.execute(
        update(DELIVERIES)
        .where(DELIVERIES.c.id == delivery_id, DELIVERIES.c.status != Status.WAITING.value)
        .values(_afresh(at))
        .returning(DELIVERIES.c.id)
    )
    return done.first() is not None


def _afresh(at: Any) -> dict[str, Any]:
    return {
        "status": Status.WAITING.value,
        "attempts": 0,
        "next_attempt_at": at,
        "claim_id": None,
        "settled_at": None,
    }


async def claim(
    session: AsyncSession,
    webhook_id: UUID,
    claim_id: UUID,
    *,
    until: datetime,
    only_tests: bool,
    limit: int,
) -> list[dict[str, Any]]:
    """Take what is due of one webhook; who dies with it gives it back when the lease is over.

    Sending it a second time then is what at-least-once means: its id is the same.
    """
    due = (
        select(DELIVERIES.c.id)
        .where(DELIVERIES.c.webhook_id == webhook_id, WAITING)
        .where(DELIVERIES.c.next_attempt_at <= utc_now())
        .order_by(DELIVERIES.c.next_attempt_at, DELIVERIES.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if only_tests:
        due = due.where(DELIVERIES.c.body.is_not(None))
    chosen = due.cte("due")
    taken = await session.execute(
        update(DELIVERIES)
        .where(DELIVERIES.c.id.in_(select(chosen.c.id)))
        .values(attempts=DELIVERIES.c.attempts + 1, next_attempt_at=until, claim_id=claim_id)
        .returning(DELIVERIES)
    )
    return [dict(row) for row in taken.mappings()]


async def settle(
    session: AsyncSession,
    delivery: dict[str, Any],
    answer: Answer,
    status: Status,
    *,
    next_attempt_at: datetime,
) -> bool:
    """Write down what came of an attempt, unless its lease was over and somebody else has it."""
    tries = [*delivery["tries"], answer.as_try()][-KEPT_TRIES:]
    settled_at = None if status is Status.WAITING else answer.at
    done = await session.execute(
        update(DELIVERIES)
        .where(DELIVERIES.c.id == delivery["id"], DELIVERIES.c.claim_id == delivery["claim_id"])
        .values(
            status=status.value,
            next_attempt_at=next_attempt_at,
            claim_id=None,
            last_status=answer.status,
            last_error=answer.error,
            tries=literal(tries, JSONB()),
            settled_at=settled_at,
        )
        .returning(DELIVERIES.c.id)
    )
    return done.first() is not None


async def call_off(session: AsyncSession, webhook_id: UUID, reason: str, at: datetime) -> None:
    """Give up what still waits of a webhook that is switched off; it can be replayed."""
    await session.execute(
        update(DELIVERIES)
        .where(DELIVERIES.c.webhook_id == webhook_id, WAITING)
        .values(status=Status.DEAD.value, last_error=reason, settled_at=at, claim_id=None)
    )


async def note_health(session: AsyncSession, webhook_id: UUID, answer: Answer) -> datetime | None:
    """Note how a receiver is doing; return since when it takes nothing, null when it does."""
    good = answer.is_good
    row = insert(HEALTH).values(
        webhook_id=webhook_id,
        failing_since=None if good else answer.at,
        failures=0 if good else 1,
        delivered_at=answer.at if good else None,
    )
    changed = (
        {"failing_since": None, "failures": 0, "delivered_at": answer.at}
        if good
        else {
            "failing_since": func.coalesce(HEALTH.c.failing_since, answer.at),
            "failures": HEALTH.c.failures + 1,
        }
    )
    noted = row.on_conflict_do_update(index_elements=["webhook_id"], set_=changed)
    since: datetime | None = await session.scalar(noted.returning(HEALTH.c.failing_since))
    return since


async def forget_health(session: AsyncSession, webhook_id: UUID) -> None:
    """Begin anew with a receiver that is spoken to again."""
    await session.execute(
        update(HEALTH)
        .where(HEALTH.c.webhook_id == webhook_id)
        .values(failing_since=None, failures=0)
    )


async def drop_settled(session: AsyncSession, before: datetime, limit: int) -> int:
    """Drop what was settled before a moment from the delivery log; return how many lines."""
    some = select(DELIVERIES.c.id).where(DELIVERIES.c.settled_at < before).limit(limit)
    gone = delete(DELIVERIES).where(DELIVERIES.c.id.in_(some)).returning(DELIVERIES.c.id)
    return len((await session.execute(gone)).all())
