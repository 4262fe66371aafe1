"""The one row of what the company set up for everybody."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import Aggregate
from crm_shared.events.known_calendar import WORKSPACE_ID
from crm_shared.working_time import WorkingCalendar, read_calendar

__all__ = ["WORKSPACE_ID", "Workspace"]

# what is worked until somebody says otherwise: the same as the toolbox's STANDARD
OFFICE = [{"start": "09:00", "end": "18:00"}]
STANDARD_WEEK: dict[str, list[dict[str, str]]] = {
    **dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), OFFICE),
    "saturday": [],
    "sunday": [],
}
NONE = text("'{}'::jsonb")
POLICIES = ("hidden_fields", "sensitive_fields", "retention")


class Workspace(Aggregate, Base):
    """When the company works, what it hides, whose reads it watches, how long it keeps."""

    __tablename__ = "workspace"

    schedules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    special_days: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    hidden_fields: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=NONE)
    sensitive_fields: Mapped[dict[str, Any]] = mapped_column(
        JSONB, default=dict, server_default=NONE
    )
    retention: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=NONE)

    def calendar(self, zone: ZoneInfo) -> WorkingCalendar:
        """Return the calendar as a value for the functions of working time."""
        return read_calendar(zone, self.schedules, self.special_days)


def standard_workspace() -> Workspace:
    """Return what holds while nobody has set up a calendar: not stored, at revision 0."""
    schedules = [{"valid_from": None, "week": STANDARD_WEEK}]
    empty: dict[str, Any] = {name: {} for name in POLICIES}
    return Workspace(id=WORKSPACE_ID, revision=0, schedules=schedules, special_days=[], **empty)
