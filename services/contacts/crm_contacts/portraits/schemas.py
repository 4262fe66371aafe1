"""Bodies of portraits."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class GroupOut(BaseModel):
    """One value of an attribute: how often it is in the segment and among everybody."""

    value: str
    n: int
    share: str | None = Field(description="Of all members, those of whom it is not known included")
    base_share: str | None = Field(description="Of all clients within one's scope")
    lift: str | None = Field(description="share / base_share; above 1: oftener than elsewhere")
    reason: str | None


class AttributeOut(BaseModel):
    """One attribute; groups that are too small to be told are counted together."""

    attribute: str
    known: int
    missing: int | None = Field(description="Nobody wrote it down; null when too few to be told")
    coverage: str | None
    reason: str | None = Field(description="`no_data`: it is known of nobody in the segment")
    groups: list[GroupOut]
    hidden_groups: int
    hidden_n: int


class PortraitOut(BaseModel):
    """A segment by attributes, within one's scope."""

    segment_id: UUID
    noun: str
    as_of: datetime
    n: int
    base_n: int
    fewest: int = Field(description="Smaller groups of persons are hidden; companies are not")
    attributes: list[AttributeOut]
