"""Keeping what deals told: a batch in one statement, never an older word over a newer."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.purchases.models import CustomerDeal

_TOLD = [column.name for column in CustomerDeal.__table__.columns if column.name != "id"]


async def keep_deals(
    session: AsyncSession, rows: Sequence[Mapping[str, Any]]
) -> dict[UUID, tuple[UUID | None, UUID | None]]:
    """Write deals down; return whose they were before, by deal."""
    newest = {row["id"]: row for row in sorted(rows, key=lambda row: row["revision"])}
    ids = sorted(newest)
    found = select(CustomerDeal.id, CustomerDeal.contact_id, CustomerDeal.company_id)
    held = await session.execute(found.where(CustomerDeal.id.in_(ids)))
    before = {row.id: (row.contact_id, row.company_id) for row in held}
    # sorted: two replicas with overlapping batches then wait for each other, not deadlock
    statement = insert(CustomerDeal).values([newest[one] for one in ids])
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["id"],
            set_={name: statement.excluded[name] for name in _TOLD},
            where=CustomerDeal.revision < statement.excluded.revision,
        )
    )
    return before
