"""Every SELECT of the consents feature."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

# Every version holds the words that counted then: where one appears first, it was written.
_HISTORY = text("""
    SELECT DISTINCT ON (word) word, at AS recorded_at, actor_id
    FROM versions, jsonb_array_elements(data -> 'consents') AS word
    WHERE row_id = :contact_id
    ORDER BY word, revision
""")


async def consent_history(session: AsyncSession, contact_id: UUID) -> list[dict[str, Any]]:
    """Return every word that a contact's consents ever held, the newest first."""
    rows = (await session.execute(_HISTORY, {"contact_id": contact_id})).mappings().all()
    return sorted((_told(row) for row in rows), key=lambda word: word["recorded_at"], reverse=True)


def _told(row: RowMapping) -> dict[str, Any]:
    return {**row["word"], "recorded_at": row["recorded_at"], "actor_id": row["actor_id"]}
