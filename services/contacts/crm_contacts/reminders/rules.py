"""When to remind of what is due: pure, for tasks and activities alike."""

from collections.abc import Collection
from datetime import datetime, timedelta


def next_reminder(
    due_at: datetime | None, minutes_before: Collection[int], *, after: datetime
) -> datetime | None:
    """Return the first moment later than `after` at which somebody wants to be reminded."""
    if due_at is None:
        return None
    moments = (due_at - timedelta(minutes=minutes) for minutes in minutes_before)
    return min((moment for moment in moments if moment > after), default=None)


def reminder_at(due_at: datetime, minutes_before: Collection[int], *, now: datetime) -> int | None:
    """Return which reminder it is time for, in minutes before the time that is due.

    Of several that passed while nobody worked, the last one counts for all.
    """
    passed = [one for one in minutes_before if due_at - timedelta(minutes=one) <= now]
    return min(passed, default=None)
