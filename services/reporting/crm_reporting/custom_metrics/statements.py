"""Writes of what events come to: one statement a batch, none when nobody defined anything."""

from collections.abc import Sequence
from json import dumps
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.custom_metrics.rules.counting import Row
from crm_shared.db.driver import driver_for_reading

# the ids repeat themselves in a redelivery, and where the past is counted while news come
_ADD = """
INSERT INTO custom_facts (metric_id, revision, side, event_id, type, subject_id, at, recorded_at,
                          owner, team, value, distinct_of, currency, keys)
SELECT r.metric_id, r.revision, r.side, r.event_id, r.type, r.subject_id, r.at, r.recorded_at,
       r.owner, r.team, r.value, r.distinct_of, r.currency,
       ARRAY(SELECT jsonb_array_elements_text(r.keys))
FROM unnest($1::uuid[], $2::int[], $3::smallint[], $4::uuid[], $5::text[], $6::uuid[],
            $7::timestamptz[], $8::timestamptz[], $9::uuid[], $10::uuid[], $11::numeric[],
            $12::text[], $13::text[], $14::jsonb[])
     AS r(metric_id, revision, side, event_id, type, subject_id, at, recorded_at,
          owner, team, value, distinct_of, currency, keys)
ON CONFLICT DO NOTHING
"""
_FORGET = text("""
DELETE FROM custom_facts WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM custom_facts WHERE metric_id = :metric_id AND revision < :revision
    LIMIT :limit))
""")


async def add(session: AsyncSession, rows: Sequence[Row]) -> None:
    """Keep what events come to; what is kept already stays as it is."""
    if not rows:
        return
    connection = await driver_for_reading(session)
    columns = [[row[place] for row in rows] for place in range(len(Row._fields) - 1)]
    keys = [dumps(row.keys) for row in rows]
    await connection.execute(_ADD, *columns, keys)


async def forget(session: AsyncSession, metric_id: UUID, *, before: int, limit: int) -> int:
    """Drop some of what former revisions came to, and return how much: it can be had again."""
    given = {"metric_id": metric_id, "revision": before, "limit": limit}
    done = await session.execute(_FORGET, given)
    return cast("CursorResult[Any]", done).rowcount
