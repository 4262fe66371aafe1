"""Keeping what deals told: a batch in one statement, never an older word over a newer."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.purchases.models import CustomerDeal, LogPlace

_TOLD = [column.name for column in CustomerDeal.__table__.columns if column.name != "id"]


async def place_in_log(session: AsyncSession, durable: str) -> int:
    """Return how far a log has been gone through."""
    found = select(LogPlace.position).where(LogPlace.durable == durable)
    return int(await session.scalar(found) or 0)


async def go_on_in_log(session: AsyncSession, durable: str, before: int, position: int) -> bool:
    """Note how far a log has been gone through, unless another worker has meanwhile."""
    statement = insert(LogPlace).values(durable=durable, position=position)
    moved = statement.on_conflict_do_update(
        index_elements=["durable"],
        set_={"position": position},
        where=LogPlace.position == before,
    ).returning(LogPlace.position)
    return await session.scalar(moved) is not None


async def known_revisions(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, int]:
    """Return up to which revision each of these deals is known."""
    found = select(CustomerDeal.id, CustomerDeal.revision).where(CustomerDeal.id.in_(ids))
    return {row.id: row.revision for row in await session.execute(found)}


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
