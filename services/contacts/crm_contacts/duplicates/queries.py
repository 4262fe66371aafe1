"""Every SELECT of the duplicates feature."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, TextClause, bindparam, func, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_contacts.duplicates.catalogue import Kind
from crm_contacts.duplicates.errors import PairNotFoundError
from crm_contacts.duplicates.models import DuplicatePair, DuplicateScan, PairState
from crm_contacts.duplicates.rules import Card
from crm_shared.actor import Access
from crm_shared.db.scope import visible

# one worker scans a kind: two at one place would bring up every pair twice
SCAN_LOCK = 7_274_100
# how much of a name must stand in the text that is searched; `judge` decides afterwards
WORDS = 0.7
_CARDS = bindparam("cards", type_=JSONB)
_SET_WORDS = text("SELECT set_config('pg_trgm.word_similarity_threshold', :words, true)")


async def may_scan(session: AsyncSession, kind: Kind[Any]) -> bool:
    """Tell whether this worker is the one that looks through a kind of record now."""
    key = func.hashtext(kind.name)
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(SCAN_LOCK, key))))


async def changed_since(
    session: AsyncSession, kind: Kind[Any], scan: DuplicateScan, *, before: datetime, limit: int
) -> list[Any]:
    """Return records that changed after the scan's place and long enough ago to be committed."""
    model = kind.model
    found = (
        select(model)
        .where(
            # a batch of one instant may be larger than a portion: the id goes on within it
            tuple_(model.updated_at, model.id) > tuple_(scan.seen_at, scan.seen_id),
            model.updated_at < before,
        )
        .order_by(model.updated_at, model.id)
        .limit(limit)
    )
    return list(await session.scalars(found))


async def candidates(
    session: AsyncSession, kind: Kind[Any], cards: Mapping[UUID, Card], *, by_name: bool
) -> list[tuple[UUID, UUID]]:
    """Return for each card the records that share a number, an address or most of the name."""
    if not cards:
        return []
    given = [
        {
            "id": str(one),
            "name": card.name if by_name else "",
            "emails": sorted(card.emails),
            "phones": sorted(card.phones),
        }
        for one, card in cards.items()
    ]
    if by_name:
        # for this transaction only: the pool gives the connection to searches with another
        # threshold
        await session.execute(_SET_WORDS, {"words": str(WORDS)})
    rows = await session.execute(_looking(kind.model.__tablename__, by_name), {"cards": given})
    return [(row.one_id, row.other_id) for row in rows]


def _looking(table: str, by_name: bool) -> TextClause:
    # A LIMIT would make the planner read the whole table in the hope of an early hit: 26 ms in
    # place of 1 ms among 50,000 contacts. A number that a whole house shares is cut off afterwards.
    parts = [
        f"""
        SELECT unnest((array_agg(found.id ORDER BY found.id))[1:20]) AS id FROM {table} found
        WHERE found.{column} && one.{given} AND found.deleted_at IS NULL
        """  # noqa: S608 - names of our own tables and columns
        for column, given in (("email_keys", "emails"), ("phone_keys", "phones"))
    ]
    if by_name:
        parts.append(
            f"""
            (SELECT n.id FROM {table} n
             WHERE one.name <> '' AND one.name <% n.search_text AND n.deleted_at IS NULL
             ORDER BY word_similarity(one.name, n.search_text) DESC, n.id LIMIT 20)
            """  # noqa: S608 - as above
        )
    return text(
        f"""
        SELECT one.id AS one_id, other.id AS other_id
        FROM jsonb_to_recordset(:cards) AS one(id uuid, name text, emails text[], phones text[])
        CROSS JOIN LATERAL ({" UNION ".join(parts)}) other
        WHERE other.id <> one.id
        """  # noqa: S608 - as above
    ).bindparams(_CARDS)


async def rows_by_id(session: AsyncSession, kind: Kind[Any], ids: Collection[UUID]) -> list[Any]:
    return list(await session.scalars(select(kind.model).where(kind.model.id.in_(set(ids)))))


async def visible_by_id(
    session: AsyncSession, kind: Kind[Any], access: Access, ids: Collection[UUID]
) -> list[Any]:
    """Return those of these records that somebody may see."""
    model = kind.model
    found = select(model).where(
        model.id.in_(set(ids)),
        visible(access, model.owner_id, model.team_id),
        model.deleted_at.is_(None),
    )
    return list(await session.scalars(found))


async def dismissed_with(session: AsyncSession, record_id: UUID) -> set[UUID]:
    """Return the records of which somebody said that they are not the same as this one."""
    found = select(DuplicatePair.one_id, DuplicatePair.other_id).where(
        or_(DuplicatePair.one_id == record_id, DuplicatePair.other_id == record_id),
        DuplicatePair.state == PairState.DISMISSED,
    )
    return {one for row in await session.execute(found) for one in row} - {record_id}


def visible_pairs(kind: Kind[Any], access: Access) -> Select[DuplicatePair]:
    """Return the pairs of which somebody may see both records."""
    found = select(DuplicatePair).where(DuplicatePair.kind == kind.name)
    for column in (DuplicatePair.one_id, DuplicatePair.other_id):
        row = aliased(kind.model)
        found = found.where(
            select(row.id)
            .where(
                row.id == column,
                row.deleted_at.is_(None),
                visible(access, row.owner_id, row.team_id),
            )
            .exists()
        )
    return found


async def count_alike(session: AsyncSession, kind: Kind[Any]) -> tuple[int, int, int]:
    """Count the records in pairs of which nobody decided, those pairs, and all records."""
    one, other = aliased(kind.model), aliased(kind.model)
    pairs = (
        select(DuplicatePair.one_id, DuplicatePair.other_id)
        .join(one, one.id == DuplicatePair.one_id)
        .join(other, other.id == DuplicatePair.other_id)
        .where(
            DuplicatePair.kind == kind.name,
            DuplicatePair.state == PairState.OPEN,
            one.deleted_at.is_(None),
            other.deleted_at.is_(None),
        )
        .cte("pairs")
    )
    records = select(pairs.c.one_id).union(select(pairs.c.other_id)).subquery()
    live = select(func.count()).where(kind.model.deleted_at.is_(None))
    row = await session.execute(
        select(
            select(func.count()).select_from(records).scalar_subquery(),
            select(func.count()).select_from(pairs).scalar_subquery(),
            live.select_from(kind.model).scalar_subquery(),
        )
    )
    alike, open_pairs, every = row.one()
    return alike, open_pairs, every


async def get_pair(
    session: AsyncSession, kind: Kind[Any], access: Access, pair_id: UUID
) -> DuplicatePair:
    found = visible_pairs(kind, access).where(DuplicatePair.id == pair_id)
    pair = (await session.scalars(found.with_for_update(of=DuplicatePair))).one_or_none()
    if pair is None:
        raise PairNotFoundError(pair_id)
    return pair


async def find_pair(session: AsyncSession, one_id: UUID, other_id: UUID) -> DuplicatePair | None:
    # a pair has one row, whichever of the two is asked about
    first, second = sorted((one_id, other_id))
    found = select(DuplicatePair).where(
        DuplicatePair.one_id == first, DuplicatePair.other_id == second
    )
    return (await session.scalars(found.with_for_update())).one_or_none()
