"""The hand-written writes of the log: every event of the system goes through them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.feed.models import FeedEvent, FeedPlace

EVENTS: Table = FeedEvent.__table__  # type: ignore[assignment]
PLACES: Table = FeedPlace.__table__  # type: ignore[assignment]
_TURN = text("SELECT pg_advisory_xact_lock(hashtext('crm-feed'))")
_INSERT = insert(EVENTS).on_conflict_do_nothing(index_elements=["event_id"])


async def wait_for_turn(session: AsyncSession) -> None:
    """Wait until every other writer has committed: numbers become visible in their order."""
    await session.execute(_TURN)


async def insert_events(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Write events, in one statement; those that are there stay."""
    await session.execute(_INSERT, list(rows))


async def delete_oldest(session: AsyncSession, before: datetime, limit: int) -> list[int]:
    """Delete from the beginning what was stored before a moment; return the positions."""
    # a window at the beginning, not a search through the whole log for what is old
    first = select(EVENTS.c.position, EVENTS.c.stored_at).order_by(EVENTS.c.position).limit(limit)
    some = first.subquery()
    old = select(some.c.position).where(some.c.stored_at < before)
    gone = delete(EVENTS).where(EVENTS.c.position.in_(old)).returning(EVENTS.c.position)
    return list(await session.scalars(gone))


async def move_to(session: AsyncSession, name: str, position: int) -> None:
    """Note how far a reader has come, never backwards."""
    row = insert(PLACES).values(name=name, position=position)
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["name"],
            set_={"position": func.greatest(PLACES.c.position, row.excluded.position)},
        )
    )
