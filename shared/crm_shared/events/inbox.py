"""The inbox: which events a durable has already had its effect for."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.db.driver import DriverStatement

# Every transaction of every consumer begins with it.
_CLAIM = DriverStatement(
    text(
        "INSERT INTO inbox (durable, event_id) SELECT :durable, e FROM unnest(:ids) AS e "
        "ON CONFLICT DO NOTHING RETURNING event_id"
    ).bindparams(bindparam("ids", type_=ARRAY(Uuid)))
)


async def claim(session: AsyncSession, event_ids: Sequence[UUID], durable: str) -> set[UUID]:
    """Mark events as handled by `durable` and return those seen for the first time."""
    # sorted: two replicas with overlapping batches then wait for each other, not deadlock
    rows = await _CLAIM.rows(session, {"durable": durable, "ids": sorted(set(event_ids))})
    return {row["event_id"] for row in rows}
