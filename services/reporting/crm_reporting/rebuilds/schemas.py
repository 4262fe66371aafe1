"""Bodies of the rebuild routes."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class RebuildOut(BaseModel):
    """One rebuild: waiting, running, done or failed, and how far it is."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    state: str
    step: str | None
    done: int
    total: int | None
    asked_by: UUID
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    problem: str | None
