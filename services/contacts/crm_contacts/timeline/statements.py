"""Adding to timelines: a whole batch of events in two statements, each event once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.timeline.models import TimelineDeal, TimelineEntry


async def add_entries(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Write entries that are not there yet; nothing that is there changes."""
    if rows:
        ordered = sorted(rows, key=lambda row: (row["anchor_id"], row["id"]))
        await session.execute(insert(TimelineEntry).on_conflict_do_nothing(), ordered)


async def keep_deals(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Keep whose deals these are, never an older word over a newer."""
    if not rows:
        return
    newest = {row["id"]: row for row in sorted(rows, key=lambda row: row["revision"])}
    statement = insert(TimelineDeal).values([newest[one] for one in sorted(newest)])
    told = ("revision", "owner_id", "team_id")
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["id"],
            set_={name: statement.excluded[name] for name in told},
            where=TimelineDeal.revision < statement.excluded.revision,
        )
    )
