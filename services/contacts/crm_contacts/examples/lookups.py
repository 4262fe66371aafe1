"""Example of what is said of the speed of lookups."""

from datetime import UTC, datetime

from crm_contacts.events.readings import LookupsMeasured
from crm_shared.events.envelope import Event
from crm_shared.http.lookups import LookupBucket, LookupFacts

EXAMPLES: list[Event] = [
    LookupsMeasured(
        lookup=LookupFacts(
            kind="view",
            since=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
            until=datetime(2026, 3, 2, 9, 5, tzinfo=UTC),
            count=42,
            buckets=[LookupBucket(up_to_ms=25, count=40), LookupBucket(up_to_ms=None, count=2)],
        )
    ),
]
