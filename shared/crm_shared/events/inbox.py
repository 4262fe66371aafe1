"""The inbox: which events a durable has already had its effect for."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

_CLAIM = text(
    "INSERT INTO inbox (durable, event_id) SELECT :durable, e FROM unnest(:ids) AS e "
    "ON CONFLICT DO NOTHING RETURNING event_id"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


async def claim(session: AsyncSession, event_ids: Sequence[UUID], durable: str) -> set[UUID]:
    """Mark events as handled by `durable` and return those seen for the first time."""
    # not by the driver itself: asked first of all, it would stand outside of the transaction
    # sorted: two replicas with overlapping batches then wait for each other, not deadlock
    rows = await session.execute(_CLAIM, {"durable": durable, "ids": sorted(set(event_ids))})
    return {row.event_id for row in rows}
