"""Writing facts and reading a batch's deals back: few statements, whole arrays."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules.cells import channel_key
from crm_reporting.contributions.rules.subjects import KINDS
from crm_reporting.contributions.rules.subjects.told import Event
from crm_reporting.contributions.rules.values import Credit, Fact, Line
from crm_reporting.facts.rules import DealFactRow, NounFactRow, told_of
from crm_shared.db.driver import driver_of

_TYPES = {
    "deal_id": "uuid", "revision": "int", "verb": "text", "at": "timestamptz",
    "recorded_at": "timestamptz", "owner": "uuid", "team": "uuid", "pipeline": "uuid",
    "stage": "uuid", "outcome": "text", "probability": "int", "amount": "numeric",
    "currency": "text", "company": "uuid", "contact": "uuid", "channel": "text",
    "created_at": "timestamptz", "created_at_known": "bool", "won_at": "timestamptz",
    "lost_at": "timestamptz", "expected_on": "date", "is_void": "bool", "from_stage": "uuid",
    "from_position": "int", "to_position": "int", "reason": "uuid", "competitor": "uuid",
    "agreed_at": "timestamptz", "credits": "jsonb", "lines": "jsonb",
}  # fmt: skip
COLUMNS = ", ".join(_TYPES)
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
WHERE deal_id = ANY($1::uuid[])
UNION ALL
SELECT deal_id, revision, {", ".join(f"NULL::{kind}" for kind in list(_TYPES.values())[2:])}, true
FROM added
"""  # noqa: S608 - names of our own columns
_OF_DEALS = f"SELECT {COLUMNS} FROM deal_facts WHERE deal_id = ANY($1::uuid[])"  # noqa: S608
# As of deals: what is counted comes back as it was before, and what of this batch is new.
_ADD_NOUNS = """
WITH labelled AS (
    INSERT INTO channels (key, label)
    SELECT * FROM unnest($9::uuid[], $10::text[]) ORDER BY 1
    ON CONFLICT DO NOTHING
), added AS (
    INSERT INTO noun_facts (kind, id, revision, event_id, verb, at, recorded_at, data)
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::int[], $4::uuid[], $5::text[],
                         $6::timestamptz[], $7::timestamptz[], $8::jsonb[])
    ON CONFLICT DO NOTHING
    RETURNING kind, id, revision
), asked AS (
    SELECT DISTINCT kind, id FROM unnest($1::text[], $2::uuid[]) AS came (kind, id)
    WHERE kind = ANY($11::text[])
)
SELECT kind, id, revision, verb, at, recorded_at, data, false AS is_new
FROM noun_facts JOIN asked USING (kind, id)
UNION ALL
SELECT kind, id, revision, NULL, NULL, NULL, NULL, true FROM added
"""
_OF_SUBJECTS = """
SELECT kind, id, revision, verb, at, recorded_at, data
FROM noun_facts JOIN unnest($1::text[], $2::uuid[]) AS asked (kind, id) USING (kind, id)
"""
# Of deals of which something ever went back, all that was told of payments that ever named them:
# also what names another one now. Most deals have no refund, and nothing of theirs is read. Each
# is asked for by itself: held for the many rows that a name of a kind might be, all are read.
_OF_PAYMENTS = """
SELECT deal, told.* FROM unnest($1::text[]) AS asked (deal)
CROSS JOIN LATERAL (
    SELECT count(*) AS refunds FROM noun_facts
    WHERE kind = 'payment' AND data ->> 'deal_id' = deal AND data ->> 'kind' = 'refund'
) AS back
CROSS JOIN LATERAL (
    SELECT DISTINCT id FROM noun_facts
    WHERE kind = 'payment' AND data ->> 'deal_id' = deal AND refunds > 0
) AS named
CROSS JOIN LATERAL (
    SELECT kind, noun_facts.id, revision, verb, at, recorded_at, data FROM noun_facts
    WHERE kind = 'payment' AND noun_facts.id = named.id OFFSET 0
) AS told
"""
_LABEL = """
INSERT INTO channels (key, label) SELECT * FROM unnest($1::uuid[], $2::text[]) ORDER BY 1
ON CONFLICT DO NOTHING
"""
Labels = Iterable[str]


async def add_deal_facts(
    session: AsyncSession, rows: Sequence[DealFactRow], labels: Labels
) -> tuple[Mapping[UUID, list[Fact]], Mapping[UUID, list[Fact]]]:
    """Write the facts that are new; return what was known of these deals, and what is new."""
    connection = driver_of(session)
    columns = [list(column) for column in zip(*map(_record, rows), strict=True)]
    names = sorted(labels)
    found = await connection.fetch(
        _ADD,
        *columns,
        [channel_key(name) for name in names],
        names,
    )
    known: dict[UUID, list[Fact]] = defaultdict(list)
    added = set()
    for row in found:
        if row["is_new"]:
            added.add((row[0], row[1]))
        else:
            known[row[0]].append(fact_of(row[:-1]))
    fresh: dict[UUID, list[Fact]] = defaultdict(list)
    for fact in {(r.fact.deal_id, r.fact.revision): r.fact for r in reversed(rows)}.values():
        if (fact.deal_id, fact.revision) in added:
            fresh[fact.deal_id].append(fact)
    return known, fresh


async def load(
    session: AsyncSession, deals: Iterable[DealFactRow], nouns: Iterable[NounFactRow]
) -> None:
    """Write facts of which none is there yet, as a rebuild has them."""
    connection = driver_of(session)
    await connection.copy_records_to_table(
        "deal_facts", records=map(_record, deals), columns=[*_TYPES, "event_id"]
    )
    await connection.copy_records_to_table(
        "noun_facts", records=(row[:-1] for row in nouns), columns=NounFactRow._fields[:-1]
    )


async def add_labels(session: AsyncSession, labels: Labels) -> None:
    """Write the labels that are not there yet."""
    names = sorted(labels)
    await driver_of(session).execute(_LABEL, [channel_key(name) for name in names], names)


async def facts_of(session: AsyncSession, deals: Iterable[UUID]) -> Mapping[UUID, list[Fact]]:
    """Return every fact of these deals."""
    connection = driver_of(session)
    found: dict[UUID, list[Fact]] = defaultdict(list)
    for row in await connection.fetch(_OF_DEALS, list(deals)):
        found[row[0]].append(fact_of(row))
    return found


async def add_noun_facts(
    session: AsyncSession, rows: Sequence[NounFactRow], labels: Labels
) -> tuple[Mapping[UUID, list[Event]], Mapping[UUID, list[Event]]]:
    """Write what is said of all other nouns; return as for deals, of those that are counted."""
    connection = driver_of(session)
    columns = [list(column) for column in zip(*rows, strict=True)][:-1]
    names = sorted(labels)
    keys = [channel_key(name) for name in names]
    found = await connection.fetch(_ADD_NOUNS, *columns, keys, names, list(KINDS))
    known: dict[UUID, list[Event]] = defaultdict(list)
    added = set()
    for row in found:
        if row["is_new"]:
            added.add(tuple(row)[:3])
        else:
            known[row["id"]].append(_event_of(row, row["kind"], row["data"]))
    fresh: dict[UUID, list[Event]] = defaultdict(list)
    for one in {(r.kind, r.id, r.revision): r for r in reversed(rows)}.values():
        if one.event is not None and one[:3] in added:
            fresh[one.id].append(one.event)
    return known, fresh


async def subjects_of(
    session: AsyncSession, subjects: Sequence[tuple[str, UUID]]
) -> Mapping[UUID, list[Event]]:
    """Return every event of these subjects."""
    connection = driver_of(session)
    found: dict[UUID, list[Event]] = defaultdict(list)
    kinds, ids = [kind for kind, _ in subjects], [one for _, one in subjects]
    for row in await connection.fetch(_OF_SUBJECTS, kinds, ids):
        found[row["id"]].append(_event_of(row, row["kind"], row["data"]))
    return found


async def payments_of(session: AsyncSession, deals: Collection[UUID]) -> Mapping[UUID, list[Event]]:
    """Return what was ever told of the money of these deals, where something of it went back."""
    found: dict[UUID, list[Event]] = defaultdict(list)
    if not deals:
        return found
    for row in await driver_of(session).fetch(_OF_PAYMENTS, [str(one) for one in deals]):
        found[UUID(row["deal"])].append(_event_of(tuple(row)[1:], row["kind"], row["data"]))
    return found


def _event_of(row: Sequence[Any], kind: str, data: dict[str, Any]) -> Event:
    return Event._make((*tuple(row)[:6], told_of(kind, data)))


def fact_of(row: Any) -> Fact:
    """Return the fact in a row of COLUMNS, as the driver gives it."""
    *plain, shares, lines = row
    credits = tuple(Credit(UUID(user), Decimal(share)) for user, share in shares)
    return Fact._make((*plain, credits, tuple(_line(*line) for line in lines)))


def _line(product: str, total: str, kind: str, cost: str | None) -> Line:
    return Line(UUID(product), Decimal(total), kind, None if cost is None else Decimal(cost))


def _record(row: DealFactRow) -> tuple[Any, ...]:
    *plain, credits, lines = row.fact
    return (*plain, _dump(credits), _dump(lines), row.event_id)


def _dump(pairs: Sequence[tuple[Any, ...]]) -> str:
    if not pairs:
        return "[]"
    return json.dumps([[one if one is None else str(one) for one in pair] for pair in pairs])
