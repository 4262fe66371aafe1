"""Example of what is said when watched fields are read."""

from crm_contacts.events.readings import WatchedFieldsRead
from crm_shared.events.envelope import Event
from crm_shared.policies import ReadingFacts

EXAMPLES: list[Event] = [
    WatchedFieldsRead(
        reading=ReadingFacts(
            noun="contact",
            fields=["phones"],
            count=1,
            ids=["019f8a10-0000-7000-8000-00000000002a"],
        )
    ),
]
