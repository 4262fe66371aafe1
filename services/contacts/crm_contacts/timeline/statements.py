"""Adding to timelines: a whole batch of events in one statement, each event once."""

from collections.abc import Sequence
from typing import Any

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.timeline.models import TimelineEntry

_COLUMNS = ", ".join(column.name for column in TimelineEntry.__table__.columns)
# Sorted: two replicas with overlapping batches then wait for each other, not deadlock.
_ADD = text(f"""
    WITH kept AS (
        INSERT INTO timeline_deals (id, revision, owner_id, team_id)
        SELECT DISTINCT ON (id) id, revision, owner_id, team_id
        FROM jsonb_populate_recordset(NULL::timeline_deals, CAST(:deals AS jsonb))
        ORDER BY id, revision DESC
        ON CONFLICT (id) DO UPDATE
        SET revision = excluded.revision, owner_id = excluded.owner_id, team_id = excluded.team_id
        WHERE timeline_deals.revision < excluded.revision
    )
    INSERT INTO timeline_entries ({_COLUMNS})
    SELECT {_COLUMNS}
    FROM jsonb_populate_recordset(NULL::timeline_entries, CAST(:entries AS jsonb))
    ORDER BY anchor_id, id
    ON CONFLICT DO NOTHING
""")  # noqa: S608 - names of our own columns


async def add_entries(
    session: AsyncSession,
    entries: Sequence[dict[str, Any]],
    *,
    deals: Sequence[dict[str, Any]],
) -> None:
    """Write entries that are not there yet, and whose deals these are by their newest word."""
    if entries or deals:
        given = {"entries": entries, "deals": deals}
        await session.execute(_ADD, {name: to_json(rows).decode() for name, rows in given.items()})
