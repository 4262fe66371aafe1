"""Reads of fields that the company watches: which fields of which records, never what they hold."""

from pydantic import BaseModel

from crm_shared.events.envelope import Event


class ReadingFacts(BaseModel):
    """What was shown to the actor: the first hundred ids; 0 of them when a list left as a file."""

    noun: str
    fields: list[str]
    count: int
    ids: list[str]


class WatchedFieldsRead(Event, type="crm.contacts.reading.noted.v1"):
    """Somebody was shown fields whose reads the company watches."""

    reading: ReadingFacts
