"""Example of what is said when watched fields are read."""

from crm_contacts.events.readings import DuplicatesCounted, DuplicatesFacts, WatchedFieldsRead
from crm_shared.events.envelope import Event
from crm_shared.policies import ReadingFacts

EXAMPLES: list[Event] = [
    DuplicatesCounted(duplicate=DuplicatesFacts(kind="contact", records=14, pairs=9, of=5200)),
    WatchedFieldsRead(
        reading=ReadingFacts(
            noun="contact",
            fields=["phones"],
            count=1,
            ids=["019f8a10-0000-7000-8000-00000000002a"],
        )
    ),
]
