"""The writes of the work feature: batches of copies, the newest revision of each stays."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.work.models import DealWithoutStep, KnownMessage, KnownWork
from crm_shared.db.newest import keep_newest

WORK = cast("Table", KnownWork.__table__)
MESSAGES = cast("Table", KnownMessage.__table__)


async def keep_work(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Bring known work to the newest revision seen."""
    await keep_newest(session, WORK, rows, key=("kind", "id"))


async def keep_plan(
    session: AsyncSession, row: KnownWork, due_at: datetime | None, assignee_id: UUID | None
) -> None:
    """Add to known work when it is due and whose it is, unless a newer event told so."""
    # the revision is named: a plan asked for later may belong to an older state
    one = (KnownWork.kind == row.kind, KnownWork.id == row.id, KnownWork.revision == row.revision)
    plan = {"due_at": due_at, "assignee_id": assignee_id, "is_plan_known": True}
    await session.execute(update(KnownWork).where(*one).values(plan))


async def keep_messages(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Bring known messages to the newest revision seen."""
    await keep_newest(session, MESSAGES, rows)


async def mark_unplanned(session: AsyncSession, deal_ids: Collection[UUID]) -> set[UUID]:
    """Note that these deals are known to have no next step; return those not noted before."""
    rows = insert(DealWithoutStep).values([{"deal_id": one} for one in deal_ids])
    noted = rows.on_conflict_do_nothing().returning(DealWithoutStep.deal_id)
    return set(await session.scalars(noted))
