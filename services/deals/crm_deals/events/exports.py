"""Lists that left the house: how much of what, never which records."""

from pydantic import BaseModel

from crm_shared.events.envelope import Event


class ExportFacts(BaseModel):
    """What was taken: the noun, how many rows, filtered by which fields."""

    noun: str
    format: str
    columns: int
    filtered_by: list[str]
    rows: int
    is_whole: bool


class ExportCompleted(Event, type="crm.deals.export.completed.v1"):
    """Somebody took a list out."""

    export: ExportFacts


class ExportAlarmed(Event, type="crm.deals.export.alarmed.v1"):
    """Somebody took a long list out: a thousand rows or more."""

    export: ExportFacts
