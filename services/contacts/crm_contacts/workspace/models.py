"""The one row that says when the company works."""

from typing import Any
from zoneinfo import ZoneInfo

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


class Workspace(Aggregate, Base):
    """Weekly hours with the day from which they hold, holidays, half days and moved days."""

    __tablename__ = "workspace"

    schedules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    special_days: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)

    def calendar(self, zone: ZoneInfo) -> WorkingCalendar:
        """Return the calendar as a value for the functions of working time."""
        return read_calendar(zone, self.schedules, self.special_days)


def standard_workspace() -> Workspace:
    """Return what holds while nobody has set up a calendar: not stored, at revision 0."""
    schedules = [{"valid_from": None, "week": STANDARD_WEEK}]
    return Workspace(id=WORKSPACE_ID, revision=0, schedules=schedules, special_days=[])
