"""Writing contributions and counters: whole batches, few statements."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules import NONE, Counts, Grain, Row, Span
from crm_reporting.contributions.rules.cells import Value
from crm_reporting.contributions.rules.values import STANDING
from crm_shared.db.driver import driver_of

_TYPES = {
    "grain": "smallint", "key": "uuid", "part": "smallint", "day": "date", "team": "uuid",
    "pipeline": "uuid", "stage": "uuid", "target": "uuid", "currency": "text",
    "n": "bigint", "priced": "bigint", "zero": "bigint", "passed": "bigint", "dropped": "bigint",
    "finished": "bigint", "amount": "numeric", "measure": "numeric",
}  # fmt: skip
_COLUMNS = ", ".join(_TYPES)
_ARRAYS = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_TYPES.values(), 1))
_SUMS = ", ".join(f"sum({name})" for name in Value._fields)
_SOMETHING = " OR ".join(f"sum({name}) <> 0" for name in Value._fields)
_ADDED = ", ".join(f"{name} = counter.{name} + excluded.{name}" for name in Value._fields)
_PLACE = "pipeline, stage, target, currency"


def _from_owners(grain: Grain, key: str) -> str:
    return (
        f"SELECT {grain:d}, {key}, part, day, '{NONE}'::uuid, {_PLACE}, {_SUMS} "  # noqa: S608
        f"FROM change WHERE grain = {Grain.OWNER:d} GROUP BY {key}, part, day, {_PLACE} "
        f"HAVING {_SOMETHING}"
    )


# One trip for the batch; teams and the company are the sums of their owners and months those of
# their days, rolled up here: a fifth of the rows travels.
_ADD = f"""
WITH change AS MATERIALIZED (
    SELECT * FROM unnest({_ARRAYS}) AS came ({_COLUMNS})
), days AS MATERIALIZED (
    SELECT {_COLUMNS} FROM change
    UNION ALL {_from_owners(Grain.TEAM, "team")}
    UNION ALL {_from_owners(Grain.TOTAL, f"'{NONE}'::uuid")}
), both_spans AS (
    SELECT {Span.DAY:d} AS span, {_COLUMNS} FROM days
    UNION ALL
    SELECT {Span.MONTH:d}, grain, key, part, date_trunc('month', day)::date, team, {_PLACE}, {_SUMS}
    FROM days
    WHERE part NOT IN ({", ".join(str(int(part)) for part in sorted(STANDING))})
    GROUP BY grain, key, part, date_trunc('month', day), team, {_PLACE}
), added AS (
    INSERT INTO counters AS counter (span, {_COLUMNS})
    SELECT span, {_COLUMNS} FROM both_spans
    ORDER BY grain, key, part, span, day, {_PLACE}, team
    ON CONFLICT (grain, key, part, span, day, {_PLACE}, team)
    DO UPDATE SET {_ADDED}
    RETURNING ctid AS place, {" AND ".join(f"{name} = 0" for name in Value._fields)} AS nothing
)
SELECT place FROM added WHERE nothing
"""  # noqa: S608 - names of our own columns
# What came to nothing goes, or a rebuild would differ. These rows are ours until the commit; who
# waits for one finds it gone then and makes another.
_CLEAR = "DELETE FROM counters WHERE ctid = ANY($1::tid[])"
_REMOVE = """
DELETE FROM contributions USING unnest($1::uuid[], $2::smallint[]) AS former (subject_id, ordinal)
WHERE contributions.subject_id = former.subject_id AND contributions.ordinal = former.ordinal
"""
# By ordinal, what a subject's row was and is; None: there was none, or there is none now.
Changed = Sequence[tuple[int, Row | None, Row | None]]
CONTRIBUTION_COLUMNS = ("subject_id", "ordinal", *Row._fields)


async def replace_contributions(session: AsyncSession, rows: Mapping[UUID, Changed]) -> None:
    """Bring the rows of these subjects from what they were to what they are.

    They go and come again: a value costs less by COPY than as an element of an array.
    """
    gone = [(subject, one) for subject, of in rows.items() for one, was, _ in of if was is not None]
    come = [
        (subject, one, *now)
        for subject, of in rows.items()
        for one, _, now in of
        if now is not None
    ]
    if gone:
        await driver_of(session).execute(_REMOVE, *zip(*gone, strict=True))
    await _copy(session, come)


async def write_contributions(
    session: AsyncSession, rows: Iterable[tuple[UUID, Sequence[Row]]]
) -> None:
    """Add the rows of these subjects, numbered in their own order."""
    await _copy(
        session,
        (
            (subject, ordinal, *row)
            for subject, of_subject in rows
            for ordinal, row in enumerate(of_subject)
        ),
    )


async def _copy(session: AsyncSession, rows: Iterable[tuple[Any, ...]]) -> None:
    await driver_of(session).copy_records_to_table(
        "contributions", records=rows, columns=CONTRIBUTION_COLUMNS
    )


async def add_counts(session: AsyncSession, counts: Counts) -> None:
    """Add the differences to the counters and take out what came to nothing."""
    changes = [(*cell, *value) for cell, value in counts.changes()]
    if not changes:
        return
    connection = driver_of(session)
    nothing = await connection.fetch(_ADD, *zip(*changes, strict=True))
    if nothing:
        await connection.execute(_CLEAR, [row["place"] for row in nothing])
