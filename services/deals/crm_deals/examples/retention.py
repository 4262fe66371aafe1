"""Example of what is said when data was too old to be kept."""

from datetime import UTC, datetime

from crm_deals import events
from crm_shared.events.envelope import Event

EXAMPLES: list[Event] = [
    events.RetentionCompleted(
        retention=events.RetentionFacts(
            removed={"import_files": 240},
            before={"import_files": datetime(2026, 1, 1, tzinfo=UTC)},
            is_dry_run=False,
        )
    ),
]
