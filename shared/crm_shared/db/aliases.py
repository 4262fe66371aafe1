"""Merged records: nobody rewrites their ids, they are followed to survivors when one reads."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CompoundSelect,
    Select,
    Uuid,
    any_,
    bindparam,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.db.infrastructure import ALIASES

# one key for all: two writers that each see half of a chain would both end it wrongly
LOCK_KEY = 7_274_002


def _pairs(column: ColumnElement[UUID]) -> Select[tuple[UUID, UUID]]:
    return select(ALIASES.c.loser_id, ALIASES.c.survivor_id).where(
        column == any_(bindparam("ids", type_=ARRAY(Uuid())))
    )


# built once, with one parameter: a page of deals asks for a hundred ids, another number each time
_INTO_OTHERS = _pairs(ALIASES.c.loser_id).where(ALIASES.c.survivor_id != ALIASES.c.loser_id)
# for statements that ask on the way whether any record was merged at all: most often none was
SOME = exists().where(ALIASES.c.survivor_id != ALIASES.c.loser_id).label("some_merged")
_MERGED_IN = _pairs(ALIASES.c.survivor_id)


class Alias(NamedTuple):
    """Into what a record went, as one of its own revisions says; itself: into nothing any more."""

    kind: str
    loser_id: UUID
    into_id: UUID
    revision: int


def surviving(column: Any, kind: str | None = None) -> ColumnElement[Any]:
    """Return the record that a merged one lives on in, as SQL over a column of ids."""
    survivor = select(ALIASES.c.survivor_id).where(ALIASES.c.loser_id == column)
    if kind is not None:
        survivor = survivor.where(ALIASES.c.kind == kind)
    return func.coalesce(survivor.scalar_subquery(), column)


async def survivor_of(session: AsyncSession, record_id: UUID) -> UUID:
    """Return the record in which this one lives on: itself, unless it was merged."""
    return (await survivors(session, {record_id})).get(record_id, record_id)


async def survivors(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the survivor of each of these records that was merged into another."""
    if not ids:
        return {}
    found = await session.execute(_INTO_OTHERS, {"ids": list(ids)})
    return {row.loser_id: row.survivor_id for row in found}


async def groups(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Return with each record everything that is one with it: its survivor and all merged in."""
    if not ids:
        return {}
    heads = {one: one for one in ids} | await survivors(session, ids)
    members: dict[UUID, set[UUID]] = {head: {head} for head in heads.values()}
    for row in await session.execute(_MERGED_IN, {"ids": list(members)}):
        members[row.survivor_id].add(row.loser_id)
    return {one: sorted(members[head]) for one, head in heads.items()}


async def resolved(
    session: AsyncSession, values: Mapping[str, Any], names: Iterable[str]
) -> dict[str, Any]:
    """Return `values` with the ids under `names` followed to their survivors."""
    found = dict(values)
    wanted = {name: found[name] for name in names if isinstance(found.get(name), UUID)}
    known = await survivors(session, set(wanted.values()))
    return found | {name: known.get(one, one) for name, one in wanted.items()}


async def hold(session: AsyncSession) -> None:
    """Let nobody else change aliases until this transaction ends; before any row is locked."""
    await session.execute(select(func.pg_advisory_xact_lock(LOCK_KEY)))


async def keep(session: AsyncSession, aliases: Sequence[Alias]) -> None:
    """Write what merges and unmerges said, never an older word over a newer, and mend chains."""
    if not aliases:
        return
    await hold(session)
    newest = {one.loser_id: one for one in sorted(aliases, key=lambda one: one.revision)}
    rows = [
        {**newest[loser_id]._asdict(), "survivor_id": newest[loser_id].into_id}
        for loser_id in sorted(newest)
    ]
    statement = insert(ALIASES).values(rows)
    told = ("into_id", "survivor_id", "revision")
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["loser_id"],
            set_={name: statement.excluded[name] for name in told},
            where=ALIASES.c.revision < statement.excluded.revision,
        )
    )
    await _mend(session, newest)


async def _mend(session: AsyncSession, touched: Collection[UUID]) -> None:
    edges: dict[UUID, UUID] = {}
    known: dict[UUID, UUID] = {}
    for row in await session.execute(_component(touched)):
        edges[row.loser_id], known[row.loser_id] = row.into_id, row.survivor_id
    for loser_id, root in sorted(roots_of(edges).items()):
        if known[loser_id] != root:
            await session.execute(
                update(ALIASES).where(ALIASES.c.loser_id == loser_id).values(survivor_id=root)
            )


def _component(touched: Collection[UUID]) -> CompoundSelect[Any]:
    """Every alias that leads to one of these records, or on from it."""
    columns = (ALIASES.c.loser_id, ALIASES.c.into_id, ALIASES.c.survivor_id)
    start = select(*columns).where(ALIASES.c.loser_id.in_(set(touched)))
    on, back = start.cte("on", recursive=True), start.cte("back", recursive=True)
    # union without ALL: half-heard news may make a ring
    on = on.union(select(*columns).join(on, ALIASES.c.loser_id == on.c.into_id))
    back = back.union(select(*columns).join(back, ALIASES.c.into_id == back.c.loser_id))
    return select(on).union(select(back))


def roots_of(edges: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
    """Return where each chain ends; one that bites its tail (half-heard news) ends at its start."""
    roots: dict[UUID, UUID] = {}
    for start in edges:
        seen, at = {start}, edges[start]
        while at in edges and edges[at] != at and at not in seen:
            seen.add(at)
            at = edges[at]
        roots[start] = start if at in seen else at
    return roots
