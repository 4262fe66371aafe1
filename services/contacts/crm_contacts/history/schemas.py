"""Bodies of histories."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field


class FieldChangeOut(BaseModel):
    field: str
    old: Any
    new: Any


class VersionOut(BaseModel):
    """One change of a record: when, by whom, what."""

    revision: int
    at: datetime
    actor_id: UUID
    actor_name: str | None = Field(description="null: the program itself, or another system")
    changes: list[FieldChangeOut]


class HistoryOut(BaseModel):
    items: list[VersionOut]
    next_before: int | None = Field(description="before_revision of the next page; null at the end")


class OwnerSpanOut(BaseModel):
    """Whose a client was, and since when; exactly one span holds at any moment."""

    owner_id: UUID | None
    owner_name: str | None
    team_id: UUID | None
    since: datetime
    until: datetime | None
    changed_by: UUID


class OwnersOut(BaseModel):
    items: list[OwnerSpanOut]


class StatusSpanOut(BaseModel):
    status: str | None
    since: datetime
    until: datetime | None
    changed_by: UUID


class NextStepOut(BaseModel):
    """The next thing that somebody has to do about a client."""

    kind: Literal["task", "activity"]
    id: UUID
    title: str | None
    due_at: datetime | None
    assignee_id: UUID | None


class StatusOut(BaseModel):
    """How far one has come with a client, how he got there, and what comes next."""

    status: str | None
    since: datetime | None
    history: list[StatusSpanOut]
    next_step: NextStepOut | None = Field(description="null: nobody has planned anything")
