"""Bodies of the erasures feature."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class ErasureIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    contact_id: UUID | None = None
    lead_id: UUID | None = Field(default=None, description="A lead that never became a contact")


class AnswerOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    service: str
    planned: dict[str, int] | None = Field(description="Rows by noun; null: not answered yet")
    emptied: dict[str, int] | None
    answered_at: datetime | None


class ErasureOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    contact_id: UUID | None
    lead_id: UUID | None
    state: Literal["planned", "running", "completed", "withdrawn"]
    requested_by: UUID
    confirmed_by: UUID | None
    confirmed_at: datetime | None
    completed_at: datetime | None
    answers: list[AnswerOut]
    waiting_for: list[str] = Field(description="Services that have not emptied anything yet")
    created_at: datetime
    updated_at: datetime
