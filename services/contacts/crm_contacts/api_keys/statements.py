"""Keeping when keys were used elsewhere: bookkeeping, no change of the key."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.db.infrastructure import KNOWN_API_KEYS

_COLUMN = KNOWN_API_KEYS.c.last_used_at
_NOTE = (
    update(KNOWN_API_KEYS)
    .where(KNOWN_API_KEYS.c.id == bindparam("key_id"))
    .values(last_used_at=func.greatest(_COLUMN, bindparam("used_at", type_=_COLUMN.type)))
)


async def note_uses(session: AsyncSession, uses: dict[UUID, datetime]) -> None:
    """Move the last use of keys forward, never back."""
    rows: list[dict[str, Any]] = [{"key_id": one, "used_at": uses[one]} for one in sorted(uses)]
    if rows:
        await (await session.connection()).execute(_NOTE, rows)
