"""Bodies of the person exports feature."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class PersonExportIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    contact_id: UUID


class PersonExportOut(BaseModel):
    id: UUID
    contact_id: UUID
    requested_by: UUID
    waiting_for: list[str] = Field(description="Services that have not handed in their part")
    url: str | None = Field(description="Once all is there: opens for an hour to whoever has it")
    created_at: datetime
    ready_at: datetime | None
    expires_at: datetime
