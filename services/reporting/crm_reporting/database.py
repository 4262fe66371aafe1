"""The driver's own connection, for the few statements that move whole batches."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# The first key is the tables as a whole: who adds to them shares it, a rebuild takes it alone.
# The second is the counters: who counts holds it alone. Streams that bring nothing to count must
# not stand in the way of those that do: at 150 moves/s deals waited 47 ms a batch for them.
PROJECTOR_LOCK = 0x4352_4D52
TABLES, COUNTERS = 0, 1


async def driver(session: AsyncSession) -> Any:
    """Return asyncpg's connection of this session, inside the session's transaction.

    The adapter opens a transaction with its first statement only, so something must have been
    executed through the session before: the lock has.
    """
    raw = await (await session.connection()).get_raw_connection()
    return raw.driver_connection


async def lock_projector(session: AsyncSession) -> None:
    """Wait until nobody else writes anything that follows from the ledger."""
    await _lock(session, "pg_advisory_xact_lock", TABLES)


async def share_tables(session: AsyncSession) -> None:
    """Wait until no rebuild begins or ends; others may write beside this transaction."""
    await _lock(session, "pg_advisory_xact_lock_shared", TABLES)


async def lock_counters(session: AsyncSession) -> None:
    """Wait until this transaction is the only one that counts."""
    await _lock(session, "pg_advisory_xact_lock", COUNTERS)


async def _lock(session: AsyncSession, function: str, key: int) -> None:
    await session.execute(
        text(f"SELECT {function}(:lock, :key)"), {"lock": PROJECTOR_LOCK, "key": key}
    )
