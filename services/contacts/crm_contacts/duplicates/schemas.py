"""Bodies of the duplicates feature."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Reason = Literal["phone", "email", "name", "similar_name", "company", "city"]


class LikenessOut(BaseModel):
    """A record that may be of the same client."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    score: int = Field(description="out of 100")
    reasons: list[Reason]


class LikenessesOut(BaseModel):
    items: list[LikenessOut]


class PairOut(BaseModel):
    """Two records that look alike."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    one_id: UUID
    other_id: UUID
    score: int
    reasons: list[Reason]
    state: Literal["open", "dismissed"]
    found_at: datetime
    decided_at: datetime | None
    decided_by: UUID | None
