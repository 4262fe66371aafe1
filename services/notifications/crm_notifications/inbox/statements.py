"""The hand-written writes of the inbox: notices come in batches and are read in batches."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.inbox.models import InboxSetting, Notice, Watch

NOTICES: Table = Notice.__table__  # type: ignore[assignment]
WATCHES: Table = Watch.__table__  # type: ignore[assignment]
SETTINGS: Table = InboxSetting.__table__  # type: ignore[assignment]


async def insert_notices(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Write notices; one that is there already stays as it is."""
    if rows:
        await session.execute(insert(NOTICES).on_conflict_do_nothing(), list(rows))


async def mark(
    session: AsyncSession,
    user_id: UUID,
    *,
    ids: Collection[UUID] | None,
    until: datetime | None,
    read_at: datetime | None,
) -> int:
    """Mark a colleague's own notices as read, or as unread; return how many changed."""
    was: ColumnElement[bool] = (
        NOTICES.c.read_at.is_not(None) if read_at is None else NOTICES.c.read_at.is_(None)
    )
    change = update(NOTICES).where(NOTICES.c.user_id == user_id, was)
    if ids is not None:
        change = change.where(NOTICES.c.id.in_(ids))
    if until is not None:
        change = change.where(NOTICES.c.created_at <= until)
    done = await session.execute(change.values(read_at=read_at).returning(NOTICES.c.id))
    return len(done.all())


async def watch(session: AsyncSession, user_id: UUID, noun: str, record_id: UUID) -> None:
    """Watch a record; what is watched already stays so."""
    row = insert(WATCHES).values(user_id=user_id, noun=noun, record_id=record_id)
    await session.execute(row.on_conflict_do_nothing())


async def unwatch(session: AsyncSession, user_id: UUID, record_id: UUID) -> None:
    """Watch a record no more."""
    own = (WATCHES.c.user_id == user_id) & (WATCHES.c.record_id == record_id)
    await session.execute(delete(WATCHES).where(own))


async def set_setting(session: AsyncSession, values: dict[str, Any]) -> None:
    """Note how a colleague wants to be told."""
    row = insert(SETTINGS).values(**values)
    changed = {name: row.excluded[name] for name in values if name != "user_id"}
    await session.execute(row.on_conflict_do_update(index_elements=["user_id"], set_=changed))


async def drop_old(
    session: AsyncSession, before: datetime, *, unread_before: datetime, limit: int
) -> int:
    """Drop notices of before a moment that were read, older ones in any case; return how many."""
    is_over = NOTICES.c.read_at.is_not(None) | (NOTICES.c.created_at < unread_before)
    some = select(NOTICES.c.id).where(NOTICES.c.created_at < before, is_over).limit(limit)
    gone = delete(NOTICES).where(NOTICES.c.id.in_(some)).returning(NOTICES.c.id)
    return len((await session.execute(gone)).all())
