"""What was read: which watched fields of which records, and how fast; never what they hold."""

from crm_shared.events.envelope import Event
from crm_shared.http.lookups import LookupFacts
from crm_shared.policies import ReadingFacts

__all__ = ["LookupsMeasured", "WatchedFieldsRead"]


class WatchedFieldsRead(Event, type="crm.contacts.reading.noted.v1"):
    """Somebody was shown fields whose reads the company watches."""

    reading: ReadingFacts


class LookupsMeasured(Event, type="crm.contacts.lookup.measured.v1"):
    """How many lookups were answered how fast since the last word of the same process.

    Said every five minutes where there were any: counts by milliseconds, nothing of what was
    looked for or by whom.
    """

    lookup: LookupFacts
