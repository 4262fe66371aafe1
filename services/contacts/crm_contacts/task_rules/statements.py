"""The mark that says how far a deal has moved: written before anything is decided by it."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.task_rules.models import DealMark


async def mark_deals(session: AsyncSession, moves: Mapping[UUID, int]) -> dict[UUID, int]:
    """Note the newest stage change of each deal; returns the newest that was ever seen.

    Sorted, and before any read: two replicas with moves of one deal wait for each other here.
    """
    if not moves:
        return {}
    statement = insert(DealMark).values(
        [{"deal_id": deal_id, "revision": moves[deal_id]} for deal_id in sorted(moves)]
    )
    newest = func.greatest(DealMark.revision, statement.excluded.revision)
    upsert = statement.on_conflict_do_update(
        index_elements=[DealMark.deal_id], set_={"revision": newest}
    ).returning(DealMark.deal_id, DealMark.revision)
    return {row.deal_id: row.revision for row in await session.execute(upsert)}
