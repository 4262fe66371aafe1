"""Every SELECT about how clients were at a past moment.

The rows as their versions tell them stand under the name of the table itself, so that the rule is
the same SQL, word for word, as the one that is asked of the present.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Integer,
    RowMapping,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.purchases.fields import AS_OF
from crm_contacts.segments.catalogue import Kind
from crm_contacts.segments.models import Segment, SegmentStay
from crm_contacts.versions.models import Version
from crm_shared.actor import Access
from crm_shared.db.types import UtcDateTime

_VERSION = cast(Version.data["rule_version"].astext, Integer)


class OldRule(NamedTuple):
    """A rule as it stood in some version of its segment."""

    filter: Any
    rule_version: int


async def rule_at(
    session: AsyncSession, segment: Segment, at: datetime, version: int | None
) -> OldRule | None:
    """Return the rule that was in force at a moment, or the one of a version, whenever it was."""
    found = select(Version.data["filter"], _VERSION).where(Version.row_id == segment.id)
    found = found.where(Version.at <= at if version is None else _VERSION.in_([version]))
    row = (await session.execute(found.order_by(Version.revision.desc()).limit(1))).one_or_none()
    return None if row is None or row[0] is None else OldRule(row[0], row[1])


async def rules_of(session: AsyncSession, segment: Segment) -> list[RowMapping]:
    """Return every rule a segment ever had, with who made it when, the newest first."""
    found = (
        select(
            _VERSION.label("rule_version"),
            Version.data["filter"].label("filter"),
            Version.at.label("since"),
            Version.actor_id.label("by"),
        )
        .where(Version.row_id == segment.id)
        .order_by(Version.revision)
    )
    # a version of the row without a new rule repeats the number: the first one made it
    first: dict[int, RowMapping] = {}
    for row in (await session.execute(found)).mappings():
        first.setdefault(row["rule_version"], row)
    return [first[number] for number in sorted(first, reverse=True)]


async def set_moment(session: AsyncSession, at: datetime) -> None:
    """Let figures of this transaction be those of a past moment."""
    # local: the pool hands this connection on to requests about the present
    await session.execute(select(func.set_config(AS_OF, at.isoformat(), True)))


async def those_seen(
    session: AsyncSession, access: Access, kind: Kind, ids: Collection[UUID]
) -> list[UUID]:
    """Return which records lie within one's scope now; the forgotten have no past."""
    # scope is today's: a past right to see gives none now
    known = getattr(kind.model, "erased_at", None)
    found = select(kind.model.id).where(kind.model.id.in_(ids), kind.may_see(access))
    if known is not None:
        found = found.where(known.is_(None))
    return list(await session.scalars(found.order_by(kind.model.id)))


async def matching(
    session: AsyncSession,
    kind: Kind,
    rule: ColumnElement[bool],
    *,
    at: datetime,
    ids: Sequence[UUID],
) -> list[UUID]:
    """Return of which records a rule held at a past moment."""
    found = select(kind.model.id).where(kind.is_there(), rule).order_by(kind.model.id)
    return list(await session.scalars(found.add_cte(_as_it_was(kind, at, ids))))


def _as_it_was(kind: Kind, at: datetime, ids: Sequence[UUID]) -> CTE:
    # a CTE of a table's own name hides the table: the rule need not know that it is the past
    table = kind.model.__table__
    past = text(
        f"""
        SELECT past.* FROM (
            SELECT DISTINCT ON (row_id) row_id, revision, data FROM versions
            WHERE row_id = ANY(:past_ids) AND at <= :past_at
            ORDER BY row_id, revision DESC
        ) AS newest, LATERAL jsonb_populate_record(
            NULL::{table.name},
            newest.data || jsonb_build_object(
                'id', newest.row_id,
                'revision', newest.revision,
                'email_keys', jsonb_path_query_array(newest.data, '$.emails[*].value'),
                'phone_keys', jsonb_path_query_array(newest.data, '$.phones[*].value')
            )
        ) AS past
        WHERE newest.data <> jsonb_build_object()
        """  # noqa: S608 - the name of a table of our own
    ).bindparams(
        bindparam("past_ids", list(ids), ARRAY(Uuid())), bindparam("past_at", at, UtcDateTime())
    )
    columns = (column(one.name, one.type) for one in table.columns)
    return past.columns(*columns).cte(table.name)


async def recorded_then(
    session: AsyncSession, segment: Segment, at: datetime, ids: Collection[UUID]
) -> set[UUID]:
    """Return who of these was in the segment at a moment, as it was written down then."""
    found = select(SegmentStay.member_id).where(
        SegmentStay.segment_id == segment.id,
        SegmentStay.member_id.in_(ids),
        SegmentStay.since <= at,
        or_(SegmentStay.until.is_(None), SegmentStay.until > at),
    )
    return set(await session.scalars(found))
