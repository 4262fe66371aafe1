"""Examples of what is said of segments."""

from crm_contacts.events import segments as events
from crm_contacts.examples.base import CONTACT, SELLER, TEAM, example_id, said
from crm_shared.events.envelope import Event

SEGMENT = events.SegmentFacts(
    noun="contact", kind="rule", owner_id=SELLER, team_id=TEAM, is_active=True, rule_version=2
)
MEMBER = events.SegmentMemberFacts(
    segment_id=example_id(91), contact_id=CONTACT, company_id=None, is_member=True
)
LEFT = events.SegmentMemberFacts(
    segment_id=example_id(91), contact_id=CONTACT, company_id=None, is_member=False
)

EXAMPLES: list[Event] = [
    events.SegmentCreated(**said({"segment": SEGMENT})),
    events.SegmentUpdated(
        **said({"segment": SEGMENT}, ["filter", "rule_version"], {"rule_version": 1})
    ),
    events.SegmentDeleted(**said({"segment": SEGMENT}, ["deleted_at"])),
    events.SegmentMemberAdded(
        **said({"segment_member": MEMBER}, ["is_member"], {"is_member": False}),
        reason="rule",
        rule_version=2,
    ),
    events.SegmentMemberRemoved(
        **said({"segment_member": LEFT}, ["is_member"], {"is_member": True}),
        reason="hand",
        rule_version=0,
    ),
]
