"""Coming and going: a whole portion of members with their stays and events, each once."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events.segments import (
    SegmentMemberAdded,
    SegmentMemberFacts,
    SegmentMemberRemoved,
)
from crm_contacts.segments.models import Segment, SegmentMember, SegmentStay
from crm_contacts.segments.rules import Reason
from crm_shared.clock import utc_now
from crm_shared.events.consumer import caused_by
from crm_shared.events.envelope import Envelope
from crm_shared.events.outbox import entry_values, write_entries
from crm_shared.ids import new_id


@dataclass(frozen=True)
class Cause:
    """Why members come and go, and which event, if any, led to it for each."""

    reason: Reason
    events: Mapping[UUID, Envelope[Any]] = field(default_factory=dict)

    def of(self, member_id: UUID) -> AbstractContextManager[Any]:
        """Return the context in which a member's event is made."""
        event = self.events.get(member_id)
        return nullcontext() if event is None else caused_by(event)


async def enter(
    session: AsyncSession, segment: Segment, member_ids: Sequence[UUID], cause: Cause
) -> list[UUID]:
    """Put records into a segment; return those that were not in it."""
    if not member_ids:
        return []
    now = utc_now()
    told = await _come(session, segment, member_ids, now)
    stays = [
        {
            "id": new_id(),
            "segment_id": segment.id,
            "member_id": member_id,
            "since": now,
            "rule_version": segment.rule_version,
        }
        for _, _, member_id in told
    ]
    if stays:
        await session.execute(insert(SegmentStay), stays)
    await _announce(session, segment, told, cause, is_member=True)
    return [member_id for _, _, member_id in told]


async def _come(
    session: AsyncSession, segment: Segment, member_ids: Sequence[UUID], now: datetime
) -> list[tuple[UUID, int, UUID]]:
    """Write memberships; return id, revision and member of those that were not in force."""
    rows = [
        {
            "id": new_id(),
            "revision": 1,
            "created_at": now,
            "updated_at": now,
            "segment_id": segment.id,
            "member_id": one,
            "noun": segment.noun,
            "is_member": True,
        }
        # in one order: an evaluation and a colleague's change by hand must not deadlock
        for one in sorted(set(member_ids))
    ]
    statement = upsert(SegmentMember).values(rows)
    came = await session.execute(
        statement.on_conflict_do_update(
            index_elements=["segment_id", "member_id"],
            set_={
                "is_member": True,
                "revision": SegmentMember.revision + 1,
                "updated_at": statement.excluded.updated_at,
            },
            # a membership is one row for good; who is in it already brings no revision and no event
            where=SegmentMember.is_member.is_(False),
        ).returning(SegmentMember.id, SegmentMember.revision, SegmentMember.member_id)
    )
    return [(row.id, row.revision, row.member_id) for row in came]


async def leave(
    session: AsyncSession, segment: Segment, member_ids: Sequence[UUID], cause: Cause
) -> list[UUID]:
    """Take records out of a segment; return those that were in it."""
    if not member_ids:
        return []
    now = utc_now()
    of_it = (SegmentMember.segment_id == segment.id, SegmentMember.member_id.in_(set(member_ids)))
    went = await session.execute(
        update(SegmentMember)
        .where(*of_it, SegmentMember.is_member)
        .values(is_member=False, revision=SegmentMember.revision + 1, updated_at=now)
        # only what this statement changed is announced, whoever else was at it
        .returning(SegmentMember.id, SegmentMember.revision, SegmentMember.member_id)
        .execution_options(synchronize_session=False)
    )
    told = [(row.id, row.revision, row.member_id) for row in went]
    await _end(session, segment, [member_id for _, _, member_id in told], now)
    await _announce(session, segment, told, cause, is_member=False)
    return [member_id for _, _, member_id in told]


async def _end(
    session: AsyncSession, segment: Segment, member_ids: Sequence[UUID], now: datetime
) -> None:
    ended = update(SegmentStay).where(
        SegmentStay.segment_id == segment.id,
        SegmentStay.member_id.in_(member_ids),
        SegmentStay.until.is_(None),
    )
    await session.execute(ended.values(until=now).execution_options(synchronize_session=False))


async def _announce(
    session: AsyncSession,
    segment: Segment,
    told: Sequence[tuple[UUID, int, UUID]],
    cause: Cause,
    *,
    is_member: bool,
) -> None:
    entries = []
    kind: Literal["added", "removed"] = "added" if is_member else "removed"
    for row_id, revision, member_id in told:
        # each event names what led to it: one evaluation may follow from many changes
        with cause.of(member_id):
            event = _EVENTS[kind](
                segment_member=_facts(segment, member_id, is_member=is_member),
                changed=["is_member"],
                previous={"is_member": not is_member},
                reason=cause.reason,
                rule_version=segment.rule_version,
            )
            entries.append(entry_values(event, aggregate_id=row_id, revision=revision))
    await write_entries(session, entries)


def _facts(segment: Segment, member_id: UUID, *, is_member: bool) -> SegmentMemberFacts:
    is_contact = segment.noun == "contact"
    return SegmentMemberFacts(
        segment_id=segment.id,
        contact_id=member_id if is_contact else None,
        company_id=None if is_contact else member_id,
        is_member=is_member,
    )


_EVENTS: dict[str, Any] = {"added": SegmentMemberAdded, "removed": SegmentMemberRemoved}
