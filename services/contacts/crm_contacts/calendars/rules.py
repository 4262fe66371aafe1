"""A feed as text: RFC 5545, times in the company's zone, one UID for one record for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

# a task has no length of its own
USUAL = timedelta(minutes=30)
REFRESH = "PT15M"
TIMED = frozenset({"due_at"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A task or an activity: how it is called, how long it lasts, whether it fills one's time."""

    record: Any
    title: str
    lasts: timedelta
    is_busy: bool
    shows_status: bool = True


def of_task(task: Any, hidden: frozenset[str]) -> Shown:
    """Return a task as its reader may see it: a hidden title gives way to its kind."""
    title = _kind_of(task, hidden, "Task") if "title" in hidden else task.title
    return Shown(task, title, USUAL, is_busy=False, shows_status="status" not in hidden)


def of_activity(activity: Any, hidden: frozenset[str]) -> Shown:
    """Return an activity as its reader may see it."""
    subject = None if "subject" in hidden else activity.subject
    seconds = None if "duration_s" in hidden else activity.duration_s
    return Shown(
        activity,
        subject or _kind_of(activity, hidden, "Activity"),
        timedelta(seconds=seconds) if seconds else USUAL,
        is_busy=True,
        shows_status="status" not in hidden,
    )


def _kind_of(record: Any, hidden: frozenset[str], otherwise: str) -> str:
    return otherwise if "kind" in hidden else str(record.kind)


def feed(entries: Sequence[Shown], *, name: str, host: str, zone: ZoneInfo) -> bytes:
    """Return a calendar; a record that is called off stays in it as such, so that it goes away."""
    calendar = Calendar()
    calendar.add("prodid", "-//CRM//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-published-ttl", REFRESH)
    for entry in entries:
        calendar.add_component(_event(entry, host, zone))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(entry: Shown, host: str, zone: ZoneInfo) -> Event:
    record = entry.record
    if record.due_at is None:
        raise ValueError("only what has a time stands in a calendar")
    begins = record.due_at.astimezone(zone)
    event = Event()
    event.add("uid", f"{record.id}@{host}")
    # each change of a record is one revision: calendars take the higher sequence
    event.add("sequence", record.revision - 1)
    event.add("dtstamp", record.updated_at)
    event.add("last-modified", record.updated_at)
    event.add("created", record.created_at)
    event.add("dtstart", begins)
    event.add("dtend", begins + entry.lasts)
    status = record.status if entry.shows_status else None
    done = status in ("done", "completed")
    event.add("summary", f"✓ {entry.title}" if done else entry.title)
    event.add("status", "CANCELLED" if status == "cancelled" else "CONFIRMED")
    event.add("transp", "OPAQUE" if entry.is_busy else "TRANSPARENT")
    return event
