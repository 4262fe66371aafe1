"""Taking in: an event that is known already leaves no second row."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete
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


async def drop_body(session: AsyncSession, arrival_id: UUID) -> None:
    """Forget what came: it is made, or nobody wants it."""
    await session.execute(delete(BODIES).where(BODIES.c.id == arrival_id))
