"""Forgetting what no longer protects anything."""

from datetime import timedelta

from sqlalchemy import delete, func
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.db.infrastructure import IDEMPOTENCY_KEYS, INBOX

INBOX_MARGIN = timedelta(days=7)
IDEMPOTENCY_KEPT = timedelta(hours=24)


async def forget_old(session: AsyncSession, *, stream_days: int) -> None:
    """Delete inbox rows older than any event that could still come, and old idempotency keys."""
    old_inbox = func.now() - (timedelta(days=stream_days) + INBOX_MARGIN)
    await session.execute(delete(INBOX).where(INBOX.c.handled_at < old_inbox))
    await session.execute(
        delete(IDEMPOTENCY_KEYS).where(
            IDEMPOTENCY_KEYS.c.created_at < func.now() - IDEMPOTENCY_KEPT
        )
    )
