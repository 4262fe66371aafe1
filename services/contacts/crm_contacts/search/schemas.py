"""Bodies of the search."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel


class HitOut(BaseModel):
    kind: Literal["contact", "company", "lead"]
    id: UUID
    name: str
    emails: list[str]
    phones: list[str]
    company_id: UUID | None
    owner_id: UUID | None
    score: float


class HitsOut(BaseModel):
    items: list[HitOut]
