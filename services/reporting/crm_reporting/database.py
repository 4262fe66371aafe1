"""The driver's own connection, for the few statements that move whole batches."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# The first key is the tables as a whole: who adds to them shares it, a rebuild takes it alone.
# The second is the partitions of the ledger, those after it the counters of each stream: who
# counts holds his own alone. Streams must not stand in each other's way: at 150 moves/s deals
# waited 47 ms a batch for the others.
PROJECTOR_LOCK = 0x4352_4D52
TABLES, COUNTERS = 0, 1


async def lock_projector(session: AsyncSession) -> None:
    """Wait until nobody else writes anything that follows from the ledger."""
    await _lock(session, "pg_advisory_xact_lock", TABLES)


async def join_tables(session: AsyncSession, *, counts_of: int | None) -> None:
    """Wait until no rebuild begins or ends and, to count, until nobody else counts there: one trip.

    Others may write beside a transaction that does not count, or counts what they do not.
    """
    if counts_of is None:
        await session.execute(_JOIN, _KEYS)
    else:
        await session.execute(_JOIN_AND_COUNT, {**_KEYS, "counters": counts_of})


async def lock_counters(session: AsyncSession) -> None:
    """Wait until this transaction is the only one that adds a partition."""
    await _lock(session, "pg_advisory_xact_lock", COUNTERS)


async def _lock(session: AsyncSession, function: str, key: int) -> None:
    await session.execute(
        text(f"SELECT {function}(:lock, :key)"), {"lock": PROJECTOR_LOCK, "key": key}
    )


_JOIN = text("SELECT pg_advisory_xact_lock_shared(:lock, :tables)")
# evaluated from left to right: everybody takes the two in this order
_JOIN_AND_COUNT = text(
    "SELECT pg_advisory_xact_lock_shared(:lock, :tables), pg_advisory_xact_lock(:lock, :counters)"
)
_KEYS = {"lock": PROJECTOR_LOCK, "tables": TABLES}
