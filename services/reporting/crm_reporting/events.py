"""Events published by the reporting service."""

from uuid import UUID

from pydantic import BaseModel

from crm_shared.events.envelope import Event
from crm_shared.policies import ReadingFacts


class ErasureFacts(BaseModel):
    """Whose data is gone here, and how many rows were emptied, by noun."""

    person_id: UUID
    emptied: dict[str, int]


class ErasureCompleted(Event, type="crm.reporting.erasure.completed.v1"):
    """This service keeps nothing of a person any more."""

    erasure: ErasureFacts


class WatchedFieldsRead(Event, type="crm.reporting.reading.noted.v1"):
    """Somebody was shown fields whose reads the company watches, in the rows behind a figure."""

    reading: ReadingFacts
