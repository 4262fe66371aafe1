"""Examples of what is said when a person is erased."""

from uuid import UUID

from crm_deals import events
from crm_shared.events.envelope import Event

PERSON = UUID("01920000-0000-7000-8000-000000000041")
FACTS = events.ErasureFacts(person_id=PERSON, emptied={"deals": 2, "invoices": 1})

EXAMPLES: list[Event] = [events.ErasureCompleted(erasure=FACTS)]
