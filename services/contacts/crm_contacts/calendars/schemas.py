"""Bodies of calendars."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class CalendarLinkOut(BaseModel):
    """One of one's own links; whoever has the address reads the calendar."""

    id: UUID
    url: str = Field(description="Subscribe to it; keep it secret")
    created_at: datetime
    expires_at: datetime


class CalendarLinksOut(BaseModel):
    items: list[CalendarLinkOut]
