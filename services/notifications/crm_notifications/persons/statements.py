"""Dropping letters that were kept."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.persons.queries import LETTERS


async def drop_letters(session: AsyncSession, ids: Sequence[UUID]) -> int:
    """Drop letters by their messages; return how many there were."""
    dropped = delete(LETTERS).where(LETTERS.c.id.in_(ids)).returning(LETTERS.c.id)
    return len((await session.execute(dropped)).all())
