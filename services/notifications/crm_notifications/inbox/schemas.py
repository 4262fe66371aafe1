"""Bodies of the inbox."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crm_notifications.inbox.rules import Digest, Kind


class NoticeOut(BaseModel):
    """One thing you are told: why (`kind`), of which record, by whom."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str = Field(examples=["assigned", "mentioned", "overdue"])
    noun: str = Field(examples=["task"])
    record_id: UUID
    about: dict[str, Any] = Field(description="Ids of what the record is about")
    event_type: str
    actor_id: UUID = Field(description="Who did it; zeroes for the system")
    happened_at: datetime
    created_at: datetime
    read_at: datetime | None


class LetterOut(BaseModel):
    """What a letter says that was written to you within the application."""

    model_config = ConfigDict(from_attributes=True)

    subject: str
    text: str


class ListedNoticeOut(NoticeOut):
    """A notice as your inbox lists it: one of kind `letter` with what the letter says."""

    letter: LetterOut | None


class UnreadOut(BaseModel):
    """How much you have not read."""

    unread: int
    by_kind: dict[str, int]


class MarkIn(BaseModel):
    """Which of your notices are meant."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[UUID], Field(max_length=500)] | None = None
    until: AwareDatetime | None = Field(
        default=None, description="All that came up to this moment; only these, when ids are named"
    )


class MarkedOut(BaseModel):
    """How many notices changed, and how many are unread now."""

    changed: int
    unread: int


class WatchOut(BaseModel):
    """A record that you watch."""

    model_config = ConfigDict(from_attributes=True)

    noun: str
    record_id: UUID
    created_at: datetime


Watchable = Literal["contact", "company", "lead", "deal", "case"]


class WishesIn(BaseModel):
    """How you want to be told."""

    model_config = ConfigDict(extra="forbid")

    muted: list[Kind] = Field(default=[], description="Kinds you do not want to hear of")
    digest: Digest = Field(
        default=Digest.NONE,
        description="`daily` or `weekly` (Mondays) at eight: what you have not read, as an event "
        "that message rules can write to you about",
    )


class WishesOut(BaseModel):
    """How you are told."""

    muted: list[str]
    digest: str
    next_digest_at: datetime | None
