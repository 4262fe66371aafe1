"""Holding a number, so that two calls of one client in one second ask for one call-back."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

# seeds the hash: the number of a client must not be the lock of something else
CALLBACKS = 7_274_102


async def hold_number(session: AsyncSession, number: str) -> None:
    """Wait for whoever decides about this number, until the end of the transaction."""
    key = func.hashtextextended(number, CALLBACKS)
    await session.execute(select(func.pg_advisory_xact_lock(key)))
