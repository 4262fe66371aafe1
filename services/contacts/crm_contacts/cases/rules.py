"""Limits of a case and the clocks that count them: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from crm_shared.working_time import (
    NoWorkingTimeError,
    WorkingCalendar,
    add_working_time,
    working_time_between,
)

Limit = Literal["first_response", "solution"]
Alarm = Literal["warned", "breached"]
LIMITS: tuple[Limit, ...] = ("first_response", "solution")
# of a limit, before it is said that the limit comes near
WARN_AFTER = 0.8


class CaseStatus(StrEnum):
    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    SOLVED = "solved"
    CLOSED = "closed"
    MERGED = "merged"


WORKED_ON = frozenset({CaseStatus.NEW, CaseStatus.OPEN, CaseStatus.WAITING})
DONE = frozenset({CaseStatus.SOLVED, CaseStatus.CLOSED})


class CasePriority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class CaseTerms:
    """What counts for one case: the company's calendar and its queue's limits per priority."""

    calendar: WorkingCalendar
    limits: Mapping[str, Mapping[str, Any]]

    def limit(self, priority: str, name: Limit) -> timedelta | None:
        """Return a limit in working time, or None where the queue sets none."""
        seconds = self.limits.get(priority, {}).get(f"{name}_s")
        return None if seconds is None else timedelta(seconds=seconds)

    def due(self, since: datetime, worked: timedelta) -> datetime | None:
        """Return when so much working time has passed; None where nobody ever works."""
        try:
            return add_working_time(self.calendar, since, worked)
        except NoWorkingTimeError:
            return None

    def worked(self, start: datetime, end: datetime) -> float:
        """Return the seconds of working time between two instants."""
        return working_time_between(self.calendar, start, end).total_seconds()


@dataclass(frozen=True, slots=True)
class Clock:
    """One limit of one case: when it is due, when it was met, what was said of it."""

    limit: Limit
    due_at: datetime | None
    warn_at: datetime | None
    met_at: datetime | None
    warned_at: datetime | None
    breached_at: datetime | None

    def next_alarm(self) -> tuple[datetime, Alarm] | None:
        """Return what is to be said next and when; a limit that was met late is still breached."""
        if self.due_at is None or self.breached_at is not None:
            return None
        if self.met_at is not None:
            return (self.due_at, "breached") if self.met_at > self.due_at else None
        if self.warned_at is None and self.warn_at is not None and self.warn_at < self.due_at:
            return (self.warn_at, "warned")
        return (self.due_at, "breached")

    def alarm_at(self, now: datetime) -> Alarm | None:
        """Return what is to be said now: once it is too late, nobody is warned any more."""
        coming = self.next_alarm()
        if coming is None or coming[0] > now or self.due_at is None:
            return None
        return "breached" if self.due_at <= now else coming[1]
