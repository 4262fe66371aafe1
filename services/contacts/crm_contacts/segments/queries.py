"""Every SELECT of the segments feature."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_contacts.contacts.models import Contact
from crm_contacts.segments.errors import SegmentNotFoundError
from crm_contacts.segments.models import Segment, SegmentEvaluation, SegmentMember, SegmentStay
from crm_contacts.segments.rules import BY_RULE
from crm_shared.actor import Access, Scope
from crm_shared.db.aliases import surviving
from crm_shared.db.infrastructure import ALIASES
from crm_shared.db.scope import visible

if TYPE_CHECKING:
    from crm_contacts.segments.catalogue import Kind

# what a mailing queues in one transaction, with names and addresses
A_PAGE = 1000


def segments_of(record_id: Any) -> ColumnElement[Any]:
    """Return the segments that a record is in, or one that was merged into it, as SQL."""
    table = record_id.parent.local_table
    # memberships keep the id they were made with: nothing is rewritten when records are merged
    merged = select(ALIASES.c.loser_id).where(ALIASES.c.survivor_id == record_id).correlate(table)
    is_his = or_(SegmentMember.member_id == record_id, SegmentMember.member_id.in_(merged))
    found = select(SegmentMember.segment_id).where(is_his, SegmentMember.is_member)
    return func.array(found.correlate(table).scalar_subquery(), type_=ARRAY(Uuid()))


def visible_segments(access: Access) -> Select[Segment]:
    """Return the segments somebody may use: nobody's are everybody's."""
    found = select(Segment).where(Segment.deleted_at.is_(None))
    if access.scope is Scope.ALL:
        return found
    own = visible(access, Segment.owner_id, Segment.team_id)
    # unlike a client without an owner, a segment without one was meant for all
    return found.where(or_(own, and_(Segment.owner_id.is_(None), Segment.team_id.is_(None))))


async def get_segment(session: AsyncSession, access: Access, segment_id: UUID) -> Segment:
    """Return a segment that somebody may use."""
    found = visible_segments(access).where(Segment.id == segment_id)
    return _found((await session.scalars(found)).one_or_none(), segment_id)


async def get_own_segment(session: AsyncSession, access: Access, segment_id: UUID) -> Segment:
    """Return a segment that somebody may change."""
    found = select(Segment).where(
        Segment.id == segment_id,
        Segment.deleted_at.is_(None),
        visible(access, Segment.owner_id, Segment.team_id),
    )
    return _found((await session.scalars(found)).one_or_none(), segment_id)


def _found(segment: Segment | None, segment_id: UUID) -> Segment:
    if segment is None:
        raise SegmentNotFoundError(segment_id)
    return segment


async def evaluation_of(session: AsyncSession, segment_id: UUID) -> SegmentEvaluation | None:
    """Return how far the evaluation of a segment is."""
    return await session.get(SegmentEvaluation, segment_id, populate_existing=True)


def stays(access: Access, kind: "Kind", segment: Segment, at: datetime | None) -> Select[Any]:
    """Return who is in a segment, or was at a moment, within one's scope."""
    lived_on = surviving(SegmentStay.member_id)
    is_seen = kind.may_see(access)
    is_seen = and_(is_seen, kind.is_there()) if at is None else and_(is_seen, _is_known(kind))
    found = select(SegmentStay).where(
        SegmentStay.segment_id == segment.id,
        _in_force(SegmentStay, at),
        select(kind.model.id).where(kind.model.id == lived_on, is_seen).exists(),
    )
    return found.where(~_shown_otherwise(lived_on, at))


def _is_known(kind: "Kind") -> ColumnElement[bool]:
    """Of a past moment those are told who were put away since, but nobody who was forgotten."""
    known: ColumnElement[bool] = getattr(kind.model, "erased_at", kind.model.merged_into_id)
    return known.is_(None)


def _in_force(stay: type[SegmentStay], at: datetime | None) -> ColumnElement[bool]:
    if at is None:
        return stay.until.is_(None)
    return and_(stay.since <= at, or_(stay.until.is_(None), stay.until > at))


def _shown_otherwise(lived_on: Any, at: datetime | None) -> ColumnElement[bool]:
    """Two records that became one are one member, if both are in it: the survivor is shown."""
    other = aliased(SegmentStay)
    return (
        select(other.id)
        .where(
            other.segment_id == SegmentStay.segment_id,
            other.member_id == lived_on,
            other.member_id != SegmentStay.member_id,
            _in_force(other, at),
        )
        .exists()
    )


def members_now(segment_id: UUID) -> Select[Any]:
    """Return the ids of who is in a segment, of merged records the survivors'."""
    return select(surviving(SegmentMember.member_id)).where(
        SegmentMember.segment_id == segment_id, SegmentMember.is_member
    )


async def next_contacts(session: AsyncSession, segment_id: UUID, after: UUID) -> Sequence[Contact]:
    """Return the next contacts that are in a segment, in the order of their ids."""
    there = select(Segment.id).where(Segment.id == segment_id, Segment.deleted_at.is_(None))
    found = (
        select(Contact)
        .where(
            Contact.id.in_(members_now(segment_id)),
            Contact.id > after,
            Contact.deleted_at.is_(None),
            Contact.erased_at.is_(None),
            Contact.merged_into_id.is_(None),
            there.exists(),
        )
        .order_by(Contact.id)
        .limit(A_PAGE)
    )
    return (await session.scalars(found)).all()


async def known_ids(
    session: AsyncSession, access: Access, kind: "Kind", ids: Collection[UUID]
) -> set[UUID]:
    """Return which of these records are there and within one's scope."""
    found = select(kind.model.id).where(
        kind.model.id.in_(ids), kind.may_see(access), kind.is_there()
    )
    return set(await session.scalars(found))


async def rule_segments(session: AsyncSession, noun: str) -> Sequence[Segment]:
    """Return the segments of a noun whose rules are in force."""
    found = select(Segment).where(
        Segment.noun == noun,
        Segment.kind == BY_RULE,
        Segment.is_active,
        Segment.deleted_at.is_(None),
    )
    return (await session.scalars(found.order_by(Segment.id))).all()


async def nouns_with_rules(session: AsyncSession) -> set[str]:
    """Return the nouns that some rule in force is of."""
    found = select(Segment.noun).where(
        Segment.kind == BY_RULE, Segment.is_active, Segment.deleted_at.is_(None)
    )
    return set(await session.scalars(found.distinct()))


async def hold_evaluation(session: AsyncSession, segment_id: UUID) -> None:
    """Let nobody else decide who is in a segment until the transaction ends."""
    held = select(SegmentEvaluation.segment_id).where(SegmentEvaluation.segment_id == segment_id)
    await session.execute(held.with_for_update())


async def claim_due(
    session: AsyncSession, now: datetime
) -> tuple[Segment, SegmentEvaluation] | None:
    """Take the evaluation that is due longest and that nobody else works on."""
    found = (
        select(Segment, SegmentEvaluation)
        .join(SegmentEvaluation, SegmentEvaluation.segment_id == Segment.id)
        .where(
            SegmentEvaluation.due_at <= now,
            Segment.kind == BY_RULE,
            Segment.is_active,
            Segment.deleted_at.is_(None),
        )
        .order_by(SegmentEvaluation.due_at)
        .limit(1)
        # only the evaluation is locked: people go on renaming the segment meanwhile
        .with_for_update(of=SegmentEvaluation, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    row = (await session.execute(found)).one_or_none()
    return None if row is None else (row[0], row[1])


async def next_ids(
    session: AsyncSession, kind: "Kind", after: UUID | None, limit: int
) -> list[UUID]:
    """Return the next records in the order of their ids."""
    # by key and not by offset: what is inserted behind the place is seen, nothing is seen twice
    found = select(kind.model.id).order_by(kind.model.id).limit(limit)
    if after is not None:
        found = found.where(kind.model.id > after)
    return list(await session.scalars(found))


async def to_enter(
    session: AsyncSession,
    kind: "Kind",
    segment_id: UUID,
    rule: ColumnElement[bool],
    *,
    ids: Collection[UUID],
    settled: ColumnElement[bool] | None = None,
) -> list[UUID]:
    """Return which of these records the rule holds for and that are not in the segment."""
    model = kind.model
    # asked in the same statement as the rule: a member of this moment is announced to nobody again
    held = select(SegmentMember.id).where(
        SegmentMember.segment_id == segment_id,
        SegmentMember.member_id == model.id,
        SegmentMember.is_member,
    )
    found = select(model.id).where(model.id.in_(ids), kind.is_there(), rule, ~held.exists())
    if settled is not None:
        found = found.where(settled)
    return list(await session.scalars(found.order_by(model.id)))


async def to_leave(
    session: AsyncSession,
    kind: "Kind",
    segment_id: UUID,
    rule: ColumnElement[bool],
    *,
    ids: Collection[UUID],
) -> list[UUID]:
    """Return which of these members the rule holds for no more."""
    model = kind.model
    fits = select(model.id).where(model.id == SegmentMember.member_id, kind.is_there(), rule)
    found = select(SegmentMember.member_id).where(
        SegmentMember.segment_id == segment_id,
        SegmentMember.is_member,
        # who was put away, restricted or merged leaves as well: `fits` asks whether he is there
        SegmentMember.member_id.in_(ids),
        ~fits.exists(),
    )
    return list(await session.scalars(found.order_by(SegmentMember.member_id)))


async def memberships_of(
    session: AsyncSession, member_ids: Collection[UUID]
) -> dict[UUID, set[UUID]]:
    """Return by segment which of these records are in it."""
    found = select(SegmentMember.segment_id, SegmentMember.member_id).where(
        SegmentMember.member_id.in_(member_ids), SegmentMember.is_member
    )
    held: dict[UUID, set[UUID]] = {}
    for row in await session.execute(found):
        held.setdefault(row.segment_id, set()).add(row.member_id)
    return held
