"""Bodies of the product wishes feature."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class WishIn(BaseModel):
    """Who wants what."""

    model_config = ConfigDict(extra="forbid")

    product_id: UUID
    contact_id: UUID
    owner_id: UUID | None = Field(default=None, description="Whoever enters it when null")


class WishOut(BaseModel):
    """A client who wants to hear when a product comes."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    product_id: UUID
    contact_id: UUID
    owner_id: UUID | None
    team_id: UUID | None
    status: Literal["waiting", "fulfilled", "withdrawn"]
    fulfilled_at: datetime | None
    created_at: datetime
    updated_at: datetime
