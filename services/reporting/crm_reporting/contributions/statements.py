"""Writing contributions and counters: whole batches, one statement each."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules import Counts, Part, Row, Span
from crm_reporting.contributions.rules.cells import Cell, Value, channel_key
from crm_reporting.database import driver

_COLUMNS = ", ".join((*Cell._fields, *Value._fields))
_SUMS = ", ".join(f"sum({name})" for name in Value._fields)
_ADDED = ", ".join(f"{name} = counter.{name} + excluded.{name}" for name in Value._fields)
_CHANGES = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS counter_changes ON COMMIT DELETE ROWS
AS SELECT {_COLUMNS} FROM counters WITH NO DATA;
DELETE FROM counter_changes -- of an earlier batch in the same transaction
"""  # noqa: S608 - names of our own columns
# Months are the sums of their days, rolled up here: half the rows travel.
_WITH_MONTHS = f"""
SELECT {_COLUMNS} FROM counter_changes
UNION ALL
SELECT grain, key, part, {Span.MONTH:d}, date_trunc('month', day)::date, team, pipeline, stage,
       target, currency, {_SUMS}
FROM counter_changes
WHERE part NOT IN ({Part.DUE:d}, {Part.STANDING:d})
GROUP BY grain, key, part, date_trunc('month', day), team, pipeline, stage, target, currency
"""  # noqa: S608 - names of our own columns
_ADD = f"""
WITH added AS (
    INSERT INTO counters AS counter ({_COLUMNS})
    SELECT {_COLUMNS} FROM ({_WITH_MONTHS}) AS change
    ORDER BY grain, key, part, span, day, pipeline, stage, target, currency, team
    ON CONFLICT (grain, key, part, span, day, pipeline, stage, target, currency, team)
    DO UPDATE SET {_ADDED}
    RETURNING ctid AS place, {" AND ".join(f"{name} = 0" for name in Value._fields)} AS nothing
)
SELECT place FROM added WHERE nothing
"""  # noqa: S608 - names of our own columns
# What came to nothing goes, or a rebuild would differ; nobody else writes while we hold the lock.
_CLEAR = "DELETE FROM counters WHERE ctid = ANY($1::tid[])"
_REMOVE = "DELETE FROM contributions WHERE deal_id = ANY($1::uuid[])"
_LABEL = """
INSERT INTO channels (key, label)
SELECT * FROM unnest($1::uuid[], $2::text[]) ORDER BY 1 ON CONFLICT DO NOTHING
"""
CONTRIBUTION_COLUMNS = ("deal_id", "ordinal", *Row._fields)


async def replace_contributions(
    session: AsyncSession,
    rows: Mapping[UUID, Sequence[Row]],
    *,
    known: Iterable[UUID],
) -> None:
    """Write the rows of these deals; `known` are those that have rows already."""
    connection = await driver(session)
    before = list(known)
    if before:
        await connection.execute(_REMOVE, before)
    await write_contributions(session, rows)


async def label_channels(session: AsyncSession, labels: Iterable[str]) -> None:
    """Write which label stands behind a channel's key."""
    known = list(labels)
    if known:
        connection = await driver(session)
        await connection.execute(_LABEL, [channel_key(label) for label in known], known)


async def write_contributions(session: AsyncSession, rows: Mapping[UUID, Sequence[Row]]) -> None:
    """Add the rows of these deals, numbered in their own order."""
    connection = await driver(session)
    await connection.copy_records_to_table(
        "contributions",
        records=[
            (deal, ordinal, *row)
            for deal, of_deal in rows.items()
            for ordinal, row in enumerate(of_deal)
        ],
        columns=CONTRIBUTION_COLUMNS,
    )


async def add_counts(session: AsyncSession, counts: Counts) -> None:
    """Add the differences to the counters and take out what came to nothing."""
    changes = counts.changes()
    if not changes:
        return
    connection = await driver(session)
    await connection.execute(_CHANGES)
    await connection.copy_records_to_table(
        "counter_changes",
        records=[(*cell, *value) for cell, value in changes],
        columns=(*Cell._fields, *Value._fields),
    )
    nothing = await connection.fetch(_ADD)
    if nothing:
        await connection.execute(_CLEAR, [row["place"] for row in nothing])
