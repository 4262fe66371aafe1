"""Writing contributions and counters: whole batches, one statement each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules import Counts, Row, Span
from crm_reporting.contributions.rules.cells import Value
from crm_reporting.contributions.rules.values import STANDING
from crm_shared.db.driver import driver_of

_TYPES = {
    "grain": "smallint", "key": "uuid", "part": "smallint", "span": "smallint", "day": "date",
    "team": "uuid", "pipeline": "uuid", "stage": "uuid", "target": "uuid", "currency": "text",
    "n": "bigint", "priced": "bigint", "zero": "bigint", "passed": "bigint", "dropped": "bigint",
    "finished": "bigint", "amount": "numeric", "measure": "numeric",
}  # fmt: skip
_COLUMNS = ", ".join(_TYPES)
_ARRAYS = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_TYPES.values(), 1))
_SUMS = ", ".join(f"sum({name})" for name in Value._fields)
_ADDED = ", ".join(f"{name} = counter.{name} + excluded.{name}" for name in Value._fields)
# One trip for the batch; months are the sums of their days, rolled up here: half the rows travel.
# (By a temporary table and COPY, as it was, three trips and the emptying of a file at each commit.)
_ADD = f"""
WITH change AS MATERIALIZED (
    SELECT * FROM unnest({_ARRAYS}) AS came ({_COLUMNS})
), both_spans AS (
    SELECT {_COLUMNS} FROM change
    UNION ALL
    SELECT grain, key, part, {Span.MONTH:d}, date_trunc('month', day)::date, team, pipeline, stage,
           target, currency, {_SUMS}
    FROM change
    WHERE part NOT IN ({", ".join(str(int(part)) for part in sorted(STANDING))})
    GROUP BY grain, key, part, date_trunc('month', day), team, pipeline, stage, target, currency
), added AS (
    INSERT INTO counters AS counter ({_COLUMNS})
    SELECT {_COLUMNS} FROM both_spans
    ORDER BY grain, key, part, span, day, pipeline, stage, target, currency, team
    ON CONFLICT (grain, key, part, span, day, pipeline, stage, target, currency, team)
    DO UPDATE SET {_ADDED}
    RETURNING ctid AS place, {" AND ".join(f"{name} = 0" for name in Value._fields)} AS nothing
)
SELECT place FROM added WHERE nothing
"""  # noqa: S608 - names of our own columns
# What came to nothing goes, or a rebuild would differ; nobody else writes while we hold the lock.
_CLEAR = "DELETE FROM counters WHERE ctid = ANY($1::tid[])"
_ROW_TYPES = {
    "subject_id": "uuid", "ordinal": "smallint", "part": "smallint", "day": "date",
    "until_day": "date", "at": "timestamptz", "owner": "uuid", "team": "uuid", "pipeline": "uuid",
    "stage": "uuid", "product": "uuid", "company": "uuid", "customer": "uuid", "channel": "text",
    "kind": "text", "currency": "text", "n": "smallint", "priced": "smallint", "zero": "smallint",
    "amount": "numeric", "measure": "numeric", "active": "numeric", "passed": "bool",
    "dropped": "bool", "reached": "text",
}  # fmt: skip
_OF_ROW = [name for name in _ROW_TYPES if name not in ("subject_id", "ordinal")]
# Only rows that differ are written: a move leaves most of a history as it was.
_REPLACE = f"""
WITH gone AS (
    DELETE FROM contributions USING unnest($1::uuid[], $2::smallint[]) AS shorter (subject_id, rows)
    WHERE contributions.subject_id = shorter.subject_id AND contributions.ordinal >= shorter.rows
)
INSERT INTO contributions ({", ".join(_ROW_TYPES)})
SELECT {", ".join("reached::uuid[]" if name == "reached" else name for name in _ROW_TYPES)}
FROM unnest({", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_ROW_TYPES.values(), 3))})
    AS came ({", ".join(_ROW_TYPES)})
ORDER BY subject_id, ordinal
ON CONFLICT (subject_id, ordinal) DO UPDATE
SET {", ".join(f"{name} = excluded.{name}" for name in _OF_ROW)}
"""  # noqa: S608 - names of our own columns
CONTRIBUTION_COLUMNS = ("subject_id", "ordinal", *Row._fields)


async def replace_contributions(
    session: AsyncSession, rows: Mapping[UUID, tuple[Sequence[Row], Sequence[Row]]]
) -> None:
    """Bring the rows of these subjects from what they were to what they are, in one trip."""
    shorter = [(subject, len(now)) for subject, (was, now) in rows.items() if len(now) < len(was)]
    changed = [
        (subject, ordinal, *row[:-1], _array(row.reached))
        for subject, (was, now) in rows.items()
        for ordinal, row in enumerate(now)
        if ordinal >= len(was) or was[ordinal] != row
    ]
    connection = driver_of(session)
    await connection.execute(
        _REPLACE,
        [subject for subject, _ in shorter],
        [length for _, length in shorter],
        *_columns(changed, len(_ROW_TYPES)),
    )


def _array(ids: Iterable[UUID]) -> str:
    # a list of lists would reach PostgreSQL as one flat array
    return "{" + ",".join(map(str, ids)) + "}"


def _columns(rows: Sequence[Sequence[Any]], width: int) -> list[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [[]] * width


async def write_contributions(
    session: AsyncSession, rows: Iterable[tuple[UUID, Sequence[Row]]]
) -> None:
    """Add the rows of these subjects, numbered in their own order."""
    connection = driver_of(session)
    await connection.copy_records_to_table(
        "contributions",
        records=(
            (subject, ordinal, *row)
            for subject, of_subject in rows
            for ordinal, row in enumerate(of_subject)
        ),
        columns=CONTRIBUTION_COLUMNS,
    )


async def add_counts(session: AsyncSession, counts: Counts) -> None:
    """Add the differences to the counters and take out what came to nothing."""
    changes = [(*cell, *value) for cell, value in counts.changes()]
    if not changes:
        return
    connection = driver_of(session)
    nothing = await connection.fetch(_ADD, *_columns(changes, len(_TYPES)))
    if nothing:
        await connection.execute(_CLEAR, [row["place"] for row in nothing])
