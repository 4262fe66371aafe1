"""What went, of a person and of what is kept for a time; and who was shown what is watched."""

from uuid import UUID

from pydantic import BaseModel

from crm_shared.events.envelope import Event
from crm_shared.policies import ReadingFacts
from crm_shared.retention import RetentionFacts


class ErasureFacts(BaseModel):
    """Whose data is gone here, and how many rows were emptied, by noun."""

    person_id: UUID
    emptied: dict[str, int]


class ErasureCompleted(Event, type="crm.notifications.erasure.completed.v1"):
    """This service keeps nothing of a person any more."""

    erasure: ErasureFacts


class RetentionCompleted(Event, type="crm.notifications.retention.completed.v1"):
    """A portion of what is kept for a time went; in a dry run, what would go."""

    retention: RetentionFacts


class WatchedFieldsRead(Event, type="crm.notifications.reading.noted.v1"):
    """Somebody was shown fields whose reads the company watches, in events or in a letter."""

    reading: ReadingFacts
