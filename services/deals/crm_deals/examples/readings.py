"""Example of what is said when watched fields are read."""

from crm_deals import events
from crm_shared.events.envelope import Event
from crm_shared.policies import ReadingFacts

EXAMPLES: list[Event] = [
    events.WatchedFieldsRead(
        reading=ReadingFacts(
            noun="deal",
            fields=["amount"],
            count=1,
            ids=["019f8a10-0000-7000-8000-00000000002a"],
        )
    ),
]
