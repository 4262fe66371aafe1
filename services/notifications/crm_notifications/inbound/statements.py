"""Taking in: an event that is known already leaves no second row."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.inbound.models import Arrival, ArrivalBody

ARRIVALS: Table = Arrival.__table__  # type: ignore[assignment]
BODIES: Table = ArrivalBody.__table__  # type: ignore[assignment]


async def add_arrival(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Write an arrival unless this system's event is known; tell whether it is new."""
    row = insert(ARRIVALS).values(values).on_conflict_do_nothing().returning(ARRIVALS.c.id)
    return (await session.execute(row)).first() is not None


async def keep_body(session: AsyncSession, arrival_id: UUID, body: bytes, at: datetime) -> None:
    """Keep what came until it is read for good."""
    await session.execute(insert(BODIES).values(id=arrival_id, body=body, kept_at=at))


async def refuse(session: AsyncSession, arrival_id: UUID, reason: str) -> None:
    """Note that nothing will be made of what was taken just now."""
    mine = update(ARRIVALS).where(ARRIVALS.c.id == arrival_id)
    await session.execute(mine.values(status="refused", reason=reason, settled_at=func.now()))
    await drop_body(session, arrival_id)


async def drop_body(session: AsyncSession, arrival_id: UUID) -> None:
    """Forget what came: it is made, or nobody wants it."""
    await session.execute(delete(BODIES).where(BODIES.c.id == arrival_id))


async def drop_words(session: AsyncSession, before: datetime, *, limit: int) -> int:
    """Forget what came before a moment and was never made; return how many bodies went."""
    some = select(BODIES.c.id).where(BODIES.c.kept_at < before).limit(limit)
    gone = delete(BODIES).where(BODIES.c.id.in_(some)).returning(BODIES.c.id)
    ids = list((await session.execute(gone)).scalars())
    if ids:
        unread = ARRIVALS.c.id.in_(ids) & ARRIVALS.c.fields.is_not(None)
        await session.execute(update(ARRIVALS).where(unread).values(fields=None))
    return len(ids)
