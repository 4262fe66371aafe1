"""The driver's own connection, for the few statements that move whole batches."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Who adds to what follows from the ledger shares the first key, a rebuild takes it alone; the
# second one is the ledger's partitions. Batches count beside each other: the row of each subject
# in `ledger_heads`, which a batch raises first of all, keeps a subject's events apart.
PROJECTOR_LOCK = 0x4352_4D52
TABLES, PARTITIONS = 0, 1


async def lock_projector(session: AsyncSession) -> None:
    """Wait until nobody else writes anything that follows from the ledger."""
    await _lock(session, "pg_advisory_xact_lock", TABLES)


async def join_tables(session: AsyncSession) -> None:
    """Wait until no rebuild begins or ends; others may write beside this transaction."""
    await _lock(session, "pg_advisory_xact_lock_shared", TABLES)


async def lock_partitions(session: AsyncSession) -> None:
    """Wait until this transaction is the only one that adds a partition."""
    await _lock(session, "pg_advisory_xact_lock", PARTITIONS)


async def _lock(session: AsyncSession, function: str, key: int) -> None:
    await session.execute(
        text(f"SELECT {function}(:lock, :key)"), {"lock": PROJECTOR_LOCK, "key": key}
    )
