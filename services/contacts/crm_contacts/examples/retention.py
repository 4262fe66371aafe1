"""Example of what is said when data was too old to be kept."""

from datetime import UTC, datetime

from crm_contacts import events
from crm_shared.events.envelope import Event
from crm_shared.retention import RetentionFacts

EXAMPLES: list[Event] = [
    events.RetentionCompleted(
        retention=RetentionFacts(
            removed={"call_recordings": 240},
            before={"call_recordings": datetime(2026, 1, 1, tzinfo=UTC)},
            is_dry_run=False,
        )
    ),
    events.RetentionAsked(days={"call_recordings": 180}),
]
