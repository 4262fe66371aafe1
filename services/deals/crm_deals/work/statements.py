"""The writes of the work feature: batches of copies, the newest revision of each stays."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.work.models import KnownMessage, KnownWork

WORK = cast("Table", KnownWork.__table__)
MESSAGES = cast("Table", KnownMessage.__table__)


async def keep_work(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Bring known work to the newest revision seen."""
    await _keep(session, WORK, rows, ("kind", "id"))


async def keep_messages(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Bring known messages to the newest revision seen."""
    await _keep(session, MESSAGES, rows, ("id",))


async def _keep(
    session: AsyncSession, table: Table, rows: Sequence[dict[str, Any]], key: tuple[str, ...]
) -> None:
    if not rows:
        return
    # in one order, so that two batches never wait for each other
    ordered = sorted(rows, key=lambda row: [row[name] for name in key])
    statement = insert(table).values(ordered)
    newer = {column.name: statement.excluded[column.name] for column in table.columns}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=list(key),
            set_=newer,
            where=table.c.revision < statement.excluded.revision,
        )
    )
