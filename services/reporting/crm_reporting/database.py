"""The driver's own connection, for the few statements that move whole batches."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Projector and rebuild take it first: what is counted is counted by one writer at a time.
PROJECTOR_LOCK = 0x4352_4D52


async def driver(session: AsyncSession) -> Any:
    """Return asyncpg's connection of this session, inside the session's transaction.

    The adapter opens a transaction with its first statement only, so something must have been
    executed through the session before: `lock_projector` has.
    """
    raw = await (await session.connection()).get_raw_connection()
    return raw.driver_connection


async def lock_projector(session: AsyncSession, stream: int = 0) -> None:
    """Wait until this transaction is the only one that projects the stream."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(:lock, :stream)"),
        {"lock": PROJECTOR_LOCK, "stream": stream},
    )
