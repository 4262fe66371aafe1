"""Adding what a service handed in, and dropping exports whose time is over."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import cast

from crm_contacts.person_exports.models import PersonExport

_COMPLETE = text("(SELECT count(*) FROM jsonb_object_keys(parts)) = 4")


# seeds the hash: a user's id must not be the lock of something else
ASKING = 7_274_113


async def hold_user(session: AsyncSession, user_id: UUID) -> None:
    """Wait for what somebody asks for at the same moment: each request counts for the next."""
    key = func.hashtextextended(str(user_id), ASKING)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def add_part(session: AsyncSession, export_id: UUID, service: str, part: Any) -> None:
    """Put a part in, and note when that was the last one."""
    mine = PersonExport.id == export_id
    added = PersonExport.parts.op("||")(cast({service: part}, JSONB))
    await session.execute(update(PersonExport).where(mine).values(parts=added))
    complete = update(PersonExport).where(mine, PersonExport.ready_at.is_(None), _COMPLETE)
    await session.execute(complete.values(ready_at=func.now()))


async def drop_old(session: AsyncSession, now: datetime) -> int:
    """Drop exports whose time is over; return how many."""
    gone = delete(PersonExport).where(PersonExport.expires_at <= now).returning(PersonExport.id)
    return len((await session.execute(gone)).all())
