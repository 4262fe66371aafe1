"""Every SELECT about what is kept of a person."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.events.refs import RefItem

# the ledger is by month: a person's events are found by his id, in whatever was said of him
_EVENTS = text("""
    SELECT type, recorded_at AS at, revision FROM ledger WHERE subject = :person_id
    ORDER BY recorded_at, revision
""")


async def rows_of(session: AsyncSession, person_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Return which events about a person are kept: types and times, they hold no more of him."""
    rows = (await session.execute(_EVENTS, {"person_id": person_id})).mappings()
    return {"events": [dict(row) for row in rows]}


async def person_refs(session: AsyncSession, ids: Sequence[UUID]) -> list[RefItem]:
    """Tell all that is kept of persons, to contacts, which answers for it to them."""
    return [
        RefItem(id=one, revision=1, data=to_jsonable_python(await rows_of(session, one)))
        for one in ids
    ]
