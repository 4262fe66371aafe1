"""Writing facts and reading a batch's deals back: few statements, whole arrays."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules.cells import channel_key
from crm_reporting.contributions.rules.values import Fact, Line
from crm_reporting.facts.rules import DealFactRow, NounFactRow
from crm_shared.db.driver import driver_of

_TYPES = {
    "deal_id": "uuid", "revision": "int", "verb": "text", "at": "timestamptz",
    "recorded_at": "timestamptz", "owner": "uuid", "team": "uuid", "pipeline": "uuid",
    "stage": "uuid", "outcome": "text", "probability": "int", "amount": "numeric",
    "currency": "text", "company": "uuid", "contact": "uuid", "channel": "text",
    "created_at": "timestamptz", "created_at_known": "bool", "won_at": "timestamptz",
    "lost_at": "timestamptz", "expected_on": "date", "is_void": "bool", "from_stage": "uuid",
    "from_position": "int", "to_position": "int", "lines": "jsonb",
}  # fmt: skip
COLUMNS = ", ".join(_TYPES)
# Channels are labelled with every name that ever came, so that the order of events cannot matter.
# The read sees the table as it was before: the deals' histories without what is new in this batch.
_ADD = f"""
WITH labelled AS (
    INSERT INTO channels (key, label)
    SELECT * FROM unnest(${len(_TYPES) + 2}::uuid[], ${len(_TYPES) + 3}::text[]) ORDER BY 1
    ON CONFLICT DO NOTHING
), added AS (
    INSERT INTO deal_facts ({COLUMNS}, event_id)
    SELECT * FROM unnest(
        {", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_TYPES.values(), 1))},
        ${len(_TYPES) + 1}::uuid[])
    ON CONFLICT DO NOTHING
    RETURNING deal_id, revision
)
SELECT {COLUMNS}, false AS is_new FROM deal_facts
WHERE ${len(_TYPES) + 4} AND deal_id = ANY($1::uuid[])
UNION ALL
SELECT deal_id, revision, {", ".join(f"NULL::{kind}" for kind in list(_TYPES.values())[2:])}, true
FROM added
"""  # noqa: S608 - names of our own columns
_OF_DEALS = f"SELECT {COLUMNS} FROM deal_facts WHERE deal_id = ANY($1::uuid[])"  # noqa: S608
_INSERT_NOUNS = """
INSERT INTO noun_facts (kind, id, revision, event_id, verb, recorded_at, data)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::int[], $4::uuid[], $5::text[], $6::timestamptz[],
                     $7::jsonb[])
ON CONFLICT DO NOTHING
"""


async def add_deal_facts(
    session: AsyncSession, rows: Sequence[DealFactRow], *, with_history: bool
) -> tuple[Mapping[UUID, list[Fact]], Mapping[UUID, list[Fact]]]:
    """Write the facts that are new; return what was known of these deals, and what is new.

    Without history the first is empty: a rebuild reads all facts when all are there.
    """
    connection = driver_of(session)
    columns: list[list[Any]] = [
        list(column) for column in zip(*(r.fact for r in rows), strict=True)
    ]
    columns[-1] = [_dump(lines) for lines in columns[-1]]
    channels = sorted({row.fact.channel for row in rows if row.fact.channel is not None})
    found = await connection.fetch(
        _ADD,
        *columns,
        [row.event_id for row in rows],
        [channel_key(channel) for channel in channels],
        channels,
        with_history,
    )
    known: dict[UUID, list[Fact]] = defaultdict(list)
    added = set()
    for row in found:
        if row["is_new"]:
            added.add((row[0], row[1]))
        else:
            known[row[0]].append(Fact._make((*row[:-2], _load(row[-2]))))
    fresh: dict[UUID, list[Fact]] = defaultdict(list)
    for fact in {(r.fact.deal_id, r.fact.revision): r.fact for r in reversed(rows)}.values():
        if (fact.deal_id, fact.revision) in added:
            fresh[fact.deal_id].append(fact)
    return known, fresh


async def facts_of(session: AsyncSession, deals: Iterable[UUID]) -> Mapping[UUID, list[Fact]]:
    """Return every fact of these deals."""
    connection = driver_of(session)
    found: dict[UUID, list[Fact]] = defaultdict(list)
    for row in await connection.fetch(_OF_DEALS, list(deals)):
        found[row[0]].append(fact_of(row))
    return found


async def add_noun_facts(session: AsyncSession, rows: Sequence[NounFactRow]) -> None:
    """Write what is said of companies, pipelines and products."""
    if not rows:
        return
    connection = driver_of(session)
    columns = [list(column) for column in zip(*rows, strict=True)]
    columns[-1] = [json.dumps(data) for data in columns[-1]]
    await connection.execute(_INSERT_NOUNS, *columns)


def fact_of(row: Any) -> Fact:
    """Return the fact in a row of COLUMNS, as the driver gives it."""
    return Fact._make((*row[:-1], _load(row[-1])))


def _dump(lines: tuple[Line, ...]) -> str:
    return json.dumps([[str(product), str(total)] for product, total in lines])


def _load(lines: list[list[str]]) -> tuple[Line, ...]:
    return tuple(Line(UUID(product), Decimal(total)) for product, total in lines)
