"""The one write of the work feature: a batch of copies, the newest revision of each stays."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.work.models import KnownWork

WORK = cast("Table", KnownWork.__table__)


async def keep_work(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Bring known work to the newest revision seen."""
    if not rows:
        return
    statement = insert(WORK).values(sorted(rows, key=lambda row: (row["kind"], row["id"])))
    newer = {column.name: statement.excluded[column.name] for column in WORK.columns}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "id"],
            set_=newer,
            where=WORK.c.revision < statement.excluded.revision,
        )
    )
