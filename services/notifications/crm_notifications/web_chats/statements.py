"""Counting who comes through a chat, in the database: every process sees the same number."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.web_chats.models import WebChatGuard


async def count_hit(
    session: AsyncSession, chat_id: UUID, subject: str, *, now: datetime, window: timedelta
) -> int:
    """Count one more and return how many it are in this window."""
    guard = WebChatGuard
    is_over = guard.since <= now - window
    counted = (
        insert(guard)
        .values(chat_id=chat_id, subject=subject, since=now, hits=1)
        .on_conflict_do_update(
            index_elements=[guard.chat_id, guard.subject],
            set_={
                "hits": case((is_over, 1), else_=guard.hits + 1),
                "since": case((is_over, now), else_=guard.since),
            },
        )
    )
    return (await session.execute(counted.returning(guard.hits))).scalar_one()


async def forget_old_hits(session: AsyncSession, before: datetime) -> int:
    """Drop counts that no longer say anything."""
    gone = delete(WebChatGuard).where(WebChatGuard.since < before)
    return len((await session.scalars(gone.returning(WebChatGuard.subject))).all())
