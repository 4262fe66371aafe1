"""What can be done with segments and those in them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events.segments import (
    SegmentCreated,
    SegmentDeleted,
    SegmentFacts,
    SegmentUpdated,
)
from crm_contacts.segments import queries
from crm_contacts.segments.catalogue import KINDS, Kind
from crm_contacts.segments.errors import (
    RuleDecidesError,
    RuleMissingError,
    SegmentOutsideScopeError,
    UnknownMembersError,
)
from crm_contacts.segments.models import Segment, SegmentEvaluation
from crm_contacts.segments.rules import BY_RULE, STATIC
from crm_contacts.segments.statements import Cause, enter, leave
from crm_contacts.users.use_cases import with_owner
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.errors import InvalidError
from crm_shared.filters import parse_tree, to_sql
from crm_shared.http.following import followed
from crm_shared.http.hiding import refuse_filter
from crm_shared.ids import new_id

Values = Mapping[str, Any]
BY_HAND, RULE = Cause("hand"), Cause("rule")
# Records that changed just now are the consumer's: it knows what led to it, and whether in bulk.
SETTLED_AFTER = timedelta(minutes=1)


async def create_segment(session: AsyncSession, access: Access, values: Values) -> Segment:
    """Make a segment; one by rule is filled by the next evaluation."""
    given = {"kind": STATIC, "noun": "contact", "is_active": True, "filter": None, **values}
    if (given["kind"] == BY_RULE) != (given["filter"] is not None):
        raise RuleMissingError
    owned = await with_owner(session, access, given)
    segment = Segment(id=new_id(), created_at=utc_now(), rule_version=0)
    await _apply(session, access, segment, owned)
    session.add(segment)
    event = SegmentCreated(segment=facts_of(segment), changed=[], previous={})
    await announce(session, segment, event)
    if segment.is_by_rule:
        await due_now(session, segment.id)
    return segment


async def update_segment(
    session: AsyncSession, access: Access, segment: Segment, values: Values
) -> Segment:
    """Change a segment and announce it; another rule is asked of everybody anew."""
    if "filter" in values and not segment.is_by_rule:
        raise RuleMissingError
    before = (segment.rule_version, segment.is_active)
    await _apply(session, access, segment, values)
    if changes := changes_told(segment, SegmentFacts):
        event = SegmentUpdated(
            segment=facts_of(segment), changed=changes.changed, previous=changes.previous
        )
        await announce(session, segment, event)
    if segment.is_by_rule and before != (segment.rule_version, segment.is_active):
        await due_now(session, segment.id)
    return segment


async def _apply(session: AsyncSession, access: Access, segment: Segment, values: Values) -> None:
    was = segment.filter
    for name, value in values.items():
        setattr(segment, name, value)
    if segment.filter is not None and segment.filter != was:
        await rule_of(session, KINDS[segment.noun], segment.filter)
        segment.rule_version += 1
    if not access.may_see(segment.owner_id, segment.team_id):
        raise SegmentOutsideScopeError


async def delete_segment(session: AsyncSession, segment: Segment) -> None:
    """Put a segment away; who was in it when stays known."""
    segment.deleted_at = utc_now()
    event = SegmentDeleted(segment=facts_of(segment), changed=["deleted_at"], previous={})
    await announce(session, segment, event)


def facts_of(segment: Segment) -> SegmentFacts:
    return SegmentFacts.model_validate(segment)


async def change_members(
    session: AsyncSession,
    access: Access,
    segment: Segment,
    *,
    add: Sequence[UUID],
    remove: Sequence[UUID],
    atomic: bool,
) -> dict[str, list[UUID]]:
    """Put records into a segment chosen by hand, and take others out, as far as one sees them."""
    if segment.is_by_rule:
        raise RuleDecidesError
    merged = await aliases.survivors(session, {*add, *remove})
    wanted = {one: merged.get(one, one) for one in (*add, *remove)}
    known = await queries.known_ids(session, access, KINDS[segment.noun], set(wanted.values()))
    missing = [one for one, survivor in wanted.items() if survivor not in known]
    if atomic and missing:
        raise UnknownMembersError(
            [
                (f"/{part}/{index}", one)
                for part, ids in (("add", add), ("remove", remove))
                for index, one in enumerate(ids)
                if one in missing
            ]
        )
    # somebody may have been put in under an id that was merged since
    groups = await aliases.groups(session, {wanted[one] for one in remove if one not in missing})
    out = {one for group in groups.values() for one in group}
    went = await leave(session, segment, sorted(out), BY_HAND)
    came = await enter(
        session, segment, [wanted[one] for one in add if one not in missing], BY_HAND
    )
    left = {merged.get(one, one) for one in went}
    return {
        "added": [one for one in add if wanted[one] in came],
        "removed": [one for one in remove if wanted[one] in left],
        "unchanged": [
            one for one in wanted if one not in missing and wanted[one] not in left | set(came)
        ],
        "not_found": missing,
    }


async def rule_of(session: AsyncSession, kind: Kind, raw: object) -> ColumnElement[bool]:
    """Return a rule as SQL; raises InvalidError that names each fault of it."""
    fields = await kind.askable(session, raw)
    tree = parse_tree(raw, fields, pointer="/filter")
    # who belongs to it would tell what its maker may not see
    refuse_filter(kind.listing.shows, tree, (), at="/filter")
    return to_sql(await followed(session, tree, fields), fields)


async def due_now(session: AsyncSession, segment_id: UUID) -> None:
    """Let the rule of a segment be asked of every record as soon as a worker can."""
    now = utc_now()
    statement = insert(SegmentEvaluation).values(segment_id=segment_id, due_at=now)
    # from the beginning: whoever was looked at so far was asked the former rule
    again = {"due_at": now, "seen_id": None}
    await session.execute(
        statement.on_conflict_do_update(index_elements=["segment_id"], set_=again)
    )


async def evaluate_portion(
    session: AsyncSession,
    segment: Segment,
    evaluation: SegmentEvaluation,
    *,
    limit: int,
    every: timedelta,
) -> int:
    """Ask the rule of the next records, and note how far it came; return how many it asked."""
    kind, now = KINDS[segment.noun], utc_now()
    try:
        rule = await rule_of(session, kind, segment.filter)
    except InvalidError as broken:
        # a field of the rule is gone: everybody stays where he is until somebody mends it
        evaluation.problem = broken.errors[0].code if broken.errors else broken.problem
        evaluation.due_at, evaluation.seen_id = now + every, None
        return 0
    ids = await queries.next_ids(session, kind, evaluation.seen_id, limit)
    is_first = evaluation.evaluated_version != segment.rule_version
    settled = None if is_first else kind.model.updated_at <= now - SETTLED_AFTER
    fresh = await queries.to_enter(session, kind, segment.id, rule, ids=ids, settled=settled)
    gone = await queries.to_leave(session, kind, segment.id, rule, ids=ids)
    await leave(session, segment, gone, RULE)
    await enter(session, segment, fresh, RULE)
    evaluation.problem = None
    if len(ids) < limit:
        evaluation.due_at, evaluation.seen_id = now + every, None
        evaluation.evaluated_at, evaluation.evaluated_version = now, segment.rule_version
    else:
        evaluation.seen_id = ids[-1]
    return len(ids)


async def evaluate_records(
    session: AsyncSession, noun: str, ids: Collection[UUID], cause: Cause
) -> None:
    """Ask the rules of all segments of a noun of a few records that changed."""
    kind = KINDS[noun]
    for segment in await queries.rule_segments(session, noun):
        try:
            rule = await rule_of(session, kind, segment.filter)
        except InvalidError:
            continue  # the timed evaluation notes what is wrong with it
        if not await _differs(session, kind, segment, rule, ids):
            continue
        # asked again once nobody else can decide
        await queries.hold_evaluation(session, segment.id)
        gone = await queries.to_leave(session, kind, segment.id, rule, ids=ids)
        fresh = await queries.to_enter(session, kind, segment.id, rule, ids=ids)
        await leave(session, segment, gone, cause)
        await enter(session, segment, fresh, cause)


async def _differs(
    session: AsyncSession,
    kind: Kind,
    segment: Segment,
    rule: ColumnElement[bool],
    ids: Collection[UUID],
) -> bool:
    if await queries.to_enter(session, kind, segment.id, rule, ids=ids):
        return True
    return bool(await queries.to_leave(session, kind, segment.id, rule, ids=ids))


async def forget_members(session: AsyncSession, ids: Collection[UUID], cause: Cause) -> None:
    """Take records out of every segment: those people are to be forgotten."""
    for segment_id, member_ids in sorted((await queries.memberships_of(session, ids)).items()):
        segment = await session.get(Segment, segment_id)
        if segment is not None:
            await leave(session, segment, sorted(member_ids), cause)
