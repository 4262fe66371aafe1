"""Segments as events tell of them: who came and went, by ids; neither names nor rules."""

from typing import Any, Literal
from uuid import UUID

from crm_contacts.events.base import Facts
from crm_shared.events.envelope import Event

__all__ = [
    "SegmentCreated",
    "SegmentDeleted",
    "SegmentFacts",
    "SegmentMemberAdded",
    "SegmentMemberFacts",
    "SegmentMemberRemoved",
    "SegmentUpdated",
]


class SegmentFacts(Facts):
    """What a segment is of; `rule_version` counts changes of its rule, 0 where there is none."""

    noun: str
    kind: str
    owner_id: UUID | None
    team_id: UUID | None
    is_active: bool
    rule_version: int


class SegmentCreated(Event, type="crm.contacts.segment.created.v1"):
    """There is a new group of clients; who is in it is told one by one."""

    segment: SegmentFacts
    changed: list[str]
    previous: dict[str, Any]


class SegmentUpdated(Event, type="crm.contacts.segment.updated.v1"):
    """A segment changed; with another rule its members follow, one by one."""

    segment: SegmentFacts
    changed: list[str]
    previous: dict[str, Any]


class SegmentDeleted(Event, type="crm.contacts.segment.deleted.v1"):
    """A segment is used no more: nobody is in it, though nobody is told to have left it."""

    segment: SegmentFacts
    changed: list[str]
    previous: dict[str, Any]


class SegmentMemberFacts(Facts):
    """Whether a client is in a segment; exactly one of `contact_id` and `company_id` is his id."""

    segment_id: UUID
    contact_id: UUID | None
    company_id: UUID | None
    is_member: bool


class SegmentMemberAdded(Event, type="crm.contacts.segment_member.added.v1"):
    """A client came into a segment: put there by `hand`, or since the `rule` holds for him."""

    segment_member: SegmentMemberFacts
    changed: list[str]
    previous: dict[str, Any]
    reason: Literal["hand", "rule"]
    rule_version: int


class SegmentMemberRemoved(Event, type="crm.contacts.segment_member.removed.v1"):
    """A client left a segment: by `hand`, by its `rule`, or since he is to be forgotten."""

    segment_member: SegmentMemberFacts
    changed: list[str]
    previous: dict[str, Any]
    reason: Literal["hand", "rule", "erasure"]
    rule_version: int
