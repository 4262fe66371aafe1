"""Keeping what deals told: a batch in one statement, never an older word over a newer."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, Table, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.purchases.models import CustomerDeal, CustomerFigures, LogPlace
from crm_shared.db.newest import keep_newest

DEALS = cast("Table", CustomerDeal.__table__)
_WHOSE = select(CustomerDeal.id, CustomerDeal.contact_id, CustomerDeal.company_id).where(
    CustomerDeal.id == any_(bindparam("ids", type_=ARRAY(Uuid())))
)


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
    held = await session.execute(_WHOSE, {"ids": list(newest)})
    before = {row.id: (row.contact_id, row.company_id) for row in held}
    await keep_newest(session, DEALS, list(newest.values()))
    return before


async def keep_figures(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what was told of customers; each revision is a row for good, so order is no matter."""
    statement = insert(CustomerFigures).on_conflict_do_nothing()
    await session.execute(statement, list(rows))
