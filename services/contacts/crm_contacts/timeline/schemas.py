"""Bodies of the timeline."""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field


class TimelineEntryOut(BaseModel):
    """One thing that happened: when, by whom, to what."""

    id: UUID
    at: AwareDatetime
    recorded_at: AwareDatetime
    author_id: UUID
    author_name: str | None = Field(description="null: the program itself, or another system")
    source: str = Field(description="the service that said so")
    noun: str
    fact: str
    subject_id: UUID
    revision: int
    label: str | None = Field(description="what the record is called now, if that is known here")
    details: dict[str, Any]
