"""One example of every published event; feeds contracts/ and docs/events.md."""

from uuid import UUID

from crm_reporting.events import ErasureCompleted, ErasureFacts, WatchedFieldsRead
from crm_shared.events.envelope import Event
from crm_shared.policies import ReadingFacts

PERSON = UUID("01920000-0000-7000-8000-000000000041")

EXAMPLES: list[Event] = [
    ErasureCompleted(erasure=ErasureFacts(person_id=PERSON, emptied={"names": 0})),
    WatchedFieldsRead(
        reading=ReadingFacts(
            noun="deal",
            fields=["amount"],
            count=1,
            ids=["019f8a10-0000-7000-8000-00000000002a"],
        )
    ),
]
