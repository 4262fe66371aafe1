"""Bodies of the search."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class HitOut(BaseModel):
    kind: Literal["contact", "company", "lead", "case"]
    id: UUID
    name: str = Field(description="Of a case its number and subject")
    emails: list[str]
    phones: list[str]
    company_id: UUID | None
    owner_id: UUID | None
    score: float


class HitsOut(BaseModel):
    items: list[HitOut]
