"""Writes of the ledger: one statement a batch (figures in README.md)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.database import lock_partitions
from crm_shared.db.driver import driver_of
from crm_shared.events.envelope import Envelope

# One trip: what is kept for the first time raises how far its aggregate's events reach. That row
# is the lock of the subject until the commit: who has it alone may say what its events come to.
# Everybody takes rows in one order, so that two batches do not wait in a ring. A deal whose money
# moved is locked as well, also when it is not known yet: what is paid back is no sale.
_APPEND = """
WITH kept AS (
    INSERT INTO ledger
        (recorded_at, event_id, publisher, type, subject, revision, occurred_at, envelope)
    SELECT * FROM unnest($1::timestamptz[], $2::uuid[], $3::text[], $4::text[], $5::uuid[],
                         $6::int[], $7::timestamptz[], $8::jsonb[])
    ORDER BY 1, 2
    ON CONFLICT (recorded_at, event_id) DO NOTHING
    RETURNING event_id, subject, publisher, revision
), advanced AS (
    INSERT INTO ledger_heads AS heads (subject, publisher, events, last_revision, behind_since)
    SELECT subject, publisher, events, last, CASE WHEN events < last THEN now() END
    FROM (
        SELECT subject, publisher, count(*) AS events, max(revision) AS last
        FROM kept GROUP BY subject, publisher
        UNION ALL
        SELECT deal, 'deals', 0, 0 FROM unnest($9::uuid[]) AS named (deal)
        WHERE deal NOT IN (SELECT subject FROM kept)
    ) AS told ORDER BY subject
    ON CONFLICT (subject) DO UPDATE SET
        events = heads.events + excluded.events,
        last_revision = greatest(heads.last_revision, excluded.last_revision),
        behind_since = CASE
            WHEN heads.events + excluded.events
                 < greatest(heads.last_revision, excluded.last_revision)
            THEN coalesce(heads.behind_since, now()) END
)
SELECT event_id FROM kept
"""


_LOCK = """
INSERT INTO ledger_heads AS heads (subject, publisher, events, last_revision)
SELECT deal, 'deals', 0, 0 FROM unnest($1::uuid[]) AS named (deal) ORDER BY deal
ON CONFLICT (subject) DO UPDATE SET events = heads.events
"""


async def lock(session: AsyncSession, deals: Iterable[UUID]) -> None:
    """Wait until nobody else counts these deals, and let nobody begin until the commit."""
    await driver_of(session).execute(_LOCK, list(deals))


async def append(
    session: AsyncSession, batch: Sequence[Envelope[Any]], deals: Iterable[UUID] = ()
) -> set[UUID]:
    """Append the events that are not there yet; return their ids.

    What they add to `deals`, of which others tell, is counted with them.
    """
    await _ensure_partitions(session, (envelope.recordedtime for envelope in batch))
    connection = driver_of(session)
    rows = await connection.fetch(
        _APPEND,
        [envelope.recordedtime for envelope in batch],
        [envelope.id for envelope in batch],
        [envelope.publisher for envelope in batch],
        [envelope.type for envelope in batch],
        [envelope.subject for envelope in batch],
        [envelope.revision for envelope in batch],
        [envelope.time for envelope in batch],
        [envelope.model_dump_json() for envelope in batch],
        list(deals),
    )
    return {row["event_id"] for row in rows}


async def _ensure_partitions(session: AsyncSession, moments: Iterable[datetime]) -> None:
    for year, month in sorted({(moment.year, moment.month) for moment in moments}):
        name = f"ledger_{year:04}_{month:02}"
        if await session.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is not None:
            continue
        await lock_partitions(session)
        start = f"{year:04}-{month:02}-01 00:00+00"
        after = f"{year + month // 12:04}-{month % 12 + 1:02}-01 00:00+00"
        await session.execute(
            text(
                f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF ledger "
                f"FOR VALUES FROM ('{start}') TO ('{after}')"
            )
        )
        # rows are kept by a trigger that partitions inherit; this one they do not
        await session.execute(
            text(
                f"CREATE OR REPLACE TRIGGER ledger_keeps_all BEFORE TRUNCATE ON {name} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change()"
            )
        )
