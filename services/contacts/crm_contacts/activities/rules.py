"""When a series goes on: days and hours by the company's clock, across summer time."""

import calendar
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

MONTHS = 12
# the last year that a date can have
FAR = 9999


class Frequency(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


def next_due(
    recurrence: Mapping[str, Any], first: datetime, occurrence: int, zone: ZoneInfo
) -> datetime | None:
    """Return when the occurrence after this one is due, or None when the series ends with it.

    It is reckoned from the first one, so that the 31st comes back after a shorter month.
    """
    count = recurrence.get("count")
    if count is not None and occurrence >= count:
        return None
    due = _shifted(first, recurrence, occurrence, zone)
    until = recurrence.get("until")
    if due is None or (until is not None and due > datetime.fromisoformat(until)):
        return None
    return due


def _shifted(
    at: datetime, recurrence: Mapping[str, Any], times: int, zone: ZoneInfo
) -> datetime | None:
    steps = times * int(recurrence["interval"])
    try:
        first = at.astimezone(zone)
        if recurrence["frequency"] == Frequency.MONTHLY:
            return _months_later(first, steps).astimezone(UTC)
        days = steps * (7 if recurrence["frequency"] == Frequency.WEEKLY else 1)
        return (first + timedelta(days=days)).astimezone(UTC)
    except (OverflowError, ValueError):  # beyond the calendar
        return None


def _months_later(first: datetime, months: int) -> datetime:
    years, month = divmod(first.month - 1 + months, MONTHS)
    year = first.year + years
    if year > FAR:
        raise OverflowError("beyond the calendar")
    last = calendar.monthrange(year, month + 1)[1]
    return first.replace(year=year, month=month + 1, day=min(first.day, last))


# codes of call lists and of telephone systems for a call in which nobody spoke
IN_VAIN = frozenset({"no_answer", "busy", "wrong_number", "voicemail"})


def is_word_with_client(kind: str, direction: str | None, outcome: str | None) -> bool:
    """Tell whether a completed activity is somebody's word to the client, or with him."""
    if kind == "call":
        return outcome not in IN_VAIN
    if kind in ("email", "chat"):
        # his own letter is what is to be answered, not the answer
        return direction != "inbound"
    return kind in ("meeting", "visit")
