"""Every SELECT of the API keys feature."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.api_keys.errors import ApiKeyNotFoundError
from crm_contacts.api_keys.models import ApiKey
from crm_shared.db.infrastructure import KNOWN_API_KEYS


def all_api_keys() -> Select[ApiKey]:
    return select(ApiKey)


async def get_api_key(session: AsyncSession, key_id: UUID) -> ApiKey:
    key = await session.get(ApiKey, key_id)
    if key is None:
        raise ApiKeyNotFoundError(key_id)
    return key


async def last_uses(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return when keys were last used anywhere, to about two minutes."""
    known = KNOWN_API_KEYS.c
    query = select(known.id, known.last_used_at).where(
        known.id.in_(ids), known.last_used_at.is_not(None)
    )
    return {row.id: row.last_used_at for row in await session.execute(query)}


async def active_ids(session: AsyncSession) -> list[UUID]:
    """Return the keys that may be in use."""
    found = select(ApiKey.id).where(ApiKey.revoked_at.is_(None)).order_by(ApiKey.id)
    return list(await session.scalars(found))
