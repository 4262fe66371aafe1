"""A feed as text: RFC 5545, times in the company's zone, one UID for one record for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

USUAL = timedelta(minutes=30)
REFRESH = "PT15M"


@dataclass(frozen=True, slots=True)
class Shown:
    """A task or an activity: how it is called, how long it lasts, whether it fills one's time."""

    record: Any
    title: str
    lasts: timedelta
    is_busy: bool


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
    done = record.status in ("done", "completed")
    event.add("summary", f"✓ {entry.title}" if done else entry.title)
    event.add("status", "CANCELLED" if record.status == "cancelled" else "CONFIRMED")
    event.add("transp", "OPAQUE" if entry.is_busy else "TRANSPARENT")
    return event
