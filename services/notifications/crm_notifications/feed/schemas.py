"""Bodies of the feed."""

from typing import Any

from pydantic import BaseModel, Field


class FeedEventOut(BaseModel):
    """One event at its position."""

    position: int
    event: dict[str, Any] = Field(description="The envelope as it was published: CloudEvents 1.0")


class FeedPageOut(BaseModel):
    """The next events behind a position."""

    events: list[FeedEventOut]
    next: int = Field(description="Give it as `after`: all up to here was shown or not asked for")
    more: bool = Field(description="More is there already: ask again without waiting")


class FeedPositionOut(BaseModel):
    """Where the log ends and begins."""

    position: int = Field(description="Of the newest event: begin a snapshot by noting it")
    oldest: int = Field(description="The lowest position that `after` may still name")
