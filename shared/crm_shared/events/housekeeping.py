"""Forgetting what no longer protects anything."""

from datetime import timedelta

from sqlalchemy import Table, any_, delete, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import IDEMPOTENCY_KEYS, INBOX

INBOX_MARGIN = timedelta(days=7)
IDEMPOTENCY_KEPT = timedelta(hours=24)
PORTION = 10_000


async def forget_old(sessions: Sessions, *, stream_days: int, portion: int = PORTION) -> int:
    """Delete old idempotency keys and inbox rows older than any event that could still come.

    A portion of each, in a transaction of its own: however much there is, the bodies of kept
    answers are forgotten in time. Returns how many rows the larger portion had.
    """
    old_key = IDEMPOTENCY_KEYS.c.created_at < func.now() - IDEMPOTENCY_KEPT
    old_inbox = INBOX.c.handled_at < func.now() - (timedelta(days=stream_days) + INBOX_MARGIN)
    counts = []
    for table, is_old in ((IDEMPOTENCY_KEYS, old_key), (INBOX, old_inbox)):
        async with sessions.begin() as session:
            counts.append(await _forget(session, table, is_old, portion))
    return max(counts)


async def _forget(
    session: AsyncSession, table: Table, is_old: ColumnElement[bool], portion: int
) -> int:
    ctid: ColumnElement[str] = literal_column("ctid")
    some = select(ctid).select_from(table).where(is_old).limit(portion)
    chosen = func.array(some.scalar_subquery())
    gone = await session.execute(delete(table).where(ctid == any_(chosen)).returning(ctid))
    return len(gone.all())
