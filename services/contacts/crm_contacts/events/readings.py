"""What was read and counted: which watched fields, how fast, how many look alike; no contents."""

from typing import Literal

from pydantic import BaseModel

from crm_shared.events.envelope import Event
from crm_shared.http.lookups import LookupFacts
from crm_shared.policies import ReadingFacts

__all__ = ["DuplicatesCounted", "LookupsMeasured", "WatchedFieldsRead"]


class WatchedFieldsRead(Event, type="crm.contacts.reading.noted.v1"):
    """Somebody was shown fields whose reads the company watches."""

    reading: ReadingFacts


class LookupsMeasured(Event, type="crm.contacts.lookup.measured.v1"):
    """How many lookups were answered how fast since the last word of the same process.

    Said every five minutes where there were any: counts by milliseconds, nothing of what was
    looked for or by whom.
    """

    lookup: LookupFacts


class DuplicatesFacts(BaseModel):
    """How many records of one kind look like another one, in how many pairs, and of how many."""

    kind: Literal["contact", "company", "lead"]
    records: int
    pairs: int
    of: int


class DuplicatesCounted(Event, type="crm.contacts.duplicate.counted.v1"):
    """The number of records that look alike and of which nobody has decided yet has changed.

    Looked at every ten minutes, told of all records of the company; which they are stays here.
    """

    duplicate: DuplicatesFacts
