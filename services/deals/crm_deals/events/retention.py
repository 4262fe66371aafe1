"""What was removed because it was too old, or would be: counts only."""

from crm_shared.events.envelope import Event
from crm_shared.retention import RetentionFacts


class RetentionCompleted(Event, type="crm.deals.retention.completed.v1"):
    """A portion of what is kept for a time went; in a dry run, what would go."""

    retention: RetentionFacts
