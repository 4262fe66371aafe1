"""Bodies of merging."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

OutT = TypeVar("OutT")
Take = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=40)], UUID],
    Field(max_length=50, description="Whose value of a field stands: its name → one of the ids"),
]


class MergeIn(BaseModel):
    """What goes into the record of the path."""

    model_config = ConfigDict(extra="forbid")

    loser_id: UUID
    loser_revision: Annotated[int, Field(ge=1, le=2_000_000_000)] | None = Field(
        default=None, description="As you have read it; any when absent"
    )
    take: Take = {}
    dry_run: bool = Field(default=False, description="Show what would become of it, change nothing")


class MergeItemIn(BaseModel):
    """One pair of many."""

    model_config = ConfigDict(extra="forbid")

    survivor_id: UUID
    loser_id: UUID
    take: Take = {}


class UnmergeIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    loser_id: UUID


class MergedOut(BaseModel):
    """What became, or would become, of two records."""

    dry_run: bool
    survivor_id: UUID
    revision: int = Field(description="of the survivor")
    loser_id: UUID
    loser_revision: int
    fields: dict[str, Any] = Field(description="as they are after the merge")
    origins: dict[str, Literal["survivor", "loser", "both"]]
    changed: list[str] = Field(description="what is other than the survivor had it")


class UnmergedOut(BaseModel, Generic[OutT]):
    """Both records as they are again."""

    survivor: OutT
    restored: OutT
    kept: list[str] = Field(description="fields changed since the merge; those changes stay")


class MergeOut(BaseModel):
    """A merge that took place."""

    model_config = ConfigDict(from_attributes=True)

    survivor_id: UUID
    loser_id: UUID
    survivor_revision: int
    merged_at: datetime
    merged_by: UUID
    unmerged_at: datetime | None
    unmerged_by: UUID | None


class MergesOut(BaseModel):
    items: list[MergeOut]
