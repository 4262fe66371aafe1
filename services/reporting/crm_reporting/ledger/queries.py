"""How far the ledger is, and where it has gaps."""

import time
from collections.abc import Sequence
from datetime import timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.ledger.models import LedgerHead, Projection
from crm_shared.clock import utc_now

# The worker looks every two seconds; when it has not for so long, it is not there.
FRESH = timedelta(seconds=10)
KEEP_S = 1.0
# with so many events waiting, whatever follows from all of them is another soon
FAR_BEHIND = 2000
_lags: "WeakKeyDictionary[object, tuple[float, int]]" = WeakKeyDictionary()


async def lag_seconds(session: AsyncSession) -> int:
    """Return the age of the newest event that is not counted yet, 0 when all are."""
    pool = session.get_bind().engine.pool
    known = _lags.get(pool)
    if known is not None and time.monotonic() - known[0] < KEEP_S:
        return known[1]
    since = case(
        (Projection.pending > 0, Projection.behind_since),
        (Projection.checked_at < utc_now() - FRESH, Projection.checked_at),
    )
    oldest = await session.scalar(select(func.min(since)))
    lag = 0 if oldest is None else max(0, int((utc_now() - oldest).total_seconds()))
    _lags[pool] = (time.monotonic(), lag)
    return lag


async def is_far_behind(session: AsyncSession) -> bool:
    """Tell whether a heap of events waits, as the worker last saw it."""
    return (await session.scalar(select(func.sum(Projection.pending))) or 0) > FAR_BEHIND


async def gaps(session: AsyncSession, *, older_than: timedelta, limit: int) -> Sequence[LedgerHead]:
    """Return aggregates of which events have been missing for a while, others every time.

    Those whose events are nowhere any more would stand before all others for ever.
    """
    return list(
        await session.scalars(
            select(LedgerHead)
            .where(
                LedgerHead.events < LedgerHead.last_revision,
                LedgerHead.behind_since < utc_now() - older_than,
            )
            .order_by(func.random())
            .limit(limit)
        )
    )


async def count_gaps(session: AsyncSession, *, older_than: timedelta) -> int:
    """Count the aggregates of which events have been missing for a while."""
    return int(
        await session.scalar(
            select(func.count()).where(
                LedgerHead.events < LedgerHead.last_revision,
                LedgerHead.behind_since < utc_now() - older_than,
            )
        )
        or 0
    )
