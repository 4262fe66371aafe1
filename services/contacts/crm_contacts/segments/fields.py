"""What lists of segments and of their members can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_contacts.segments.models import Segment, SegmentStay
from crm_shared.filters import Field, Fields

FIELDS = Fields(
    {
        "id": Field(UUID, Segment.id),
        "name": Field(str, Segment.name),
        "noun": Field(str, Segment.noun),
        "kind": Field(str, Segment.kind),
        "owner_id": Field(UUID, Segment.owner_id),
        "team_id": Field(UUID, Segment.team_id),
        "is_active": Field(bool, Segment.is_active),
        "created_at": Field(datetime, Segment.created_at),
        "updated_at": Field(datetime, Segment.updated_at),
    }
)
SORT = ("created_at", "updated_at", "name")
MEMBER_FIELDS = Fields(
    {
        "id": Field(UUID, SegmentStay.id),
        "member_id": Field(UUID, SegmentStay.member_id, merges=True),
        "since": Field(datetime, SegmentStay.since),
        "until": Field(datetime, SegmentStay.until),
        "rule_version": Field(int, SegmentStay.rule_version),
    }
)
MEMBER_SORT = ("since",)
