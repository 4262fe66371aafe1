"""Examples of what becomes of things that come in."""

from crm_contacts import events
from crm_contacts.examples.base import CONTACT, SELLER, TEAM, example_id
from crm_shared.events.envelope import Event

EXAMPLES: list[Event] = [
    events.InboundSettled(
        inbound=events.SettlementFacts(
            outcome="made",
            reason=None,
            noun="call",
            record_id=example_id(91),
            contact_id=CONTACT,
            company_id=None,
            lead_id=None,
            owner_id=SELLER,
            team_id=TEAM,
        )
    )
]
