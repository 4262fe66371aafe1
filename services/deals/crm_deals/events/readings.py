"""Reads of fields that the company watches: which fields of which records, never what they hold."""

from crm_shared.events.envelope import Event
from crm_shared.policies import ReadingFacts


class WatchedFieldsRead(Event, type="crm.deals.reading.noted.v1"):
    """Somebody was shown fields whose reads the company watches."""

    reading: ReadingFacts
