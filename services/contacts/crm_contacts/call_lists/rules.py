"""What comes of a call: done, once more, or never again."""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple


class ListStatus(StrEnum):
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class EntryStatus(StrEnum):
    WAITING = "waiting"
    TAKEN = "taken"
    ANSWERED = "answered"
    REFUSED = "refused"
    EXHAUSTED = "exhausted"
    EXCLUDED = "excluded"


class Result(StrEnum):
    """What a caller says of a call."""

    ANSWERED = "answered"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    CALL_BACK = "call_back"
    WRONG_NUMBER = "wrong_number"


class Exclusion(StrEnum):
    """Why somebody is not called."""

    GONE = "gone"
    DUPLICATE = "duplicate"
    CONVERTED = "converted"
    RESTRICTED = "restricted"
    DO_NOT_CALL = "do_not_call"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    NO_CONSENT = "no_consent"
    NO_PHONE = "no_phone"
    WRONG_NUMBER = "wrong_number"


NOUNS: Final = ("contact", "company", "lead")
# nobody whom the list means was on the line
UNREACHED: Final = frozenset({Result.NO_ANSWER, Result.BUSY, Result.WRONG_NUMBER})
TO_DO: Final = (EntryStatus.WAITING, EntryStatus.TAKEN)
# Who was promised a call by one person waits for him so long, then anybody may call.
RESERVED_FOR: Final = timedelta(hours=1)
_PLACES: Final = Decimal("0.0001")


class Terms(NamedTuple):
    """How often a list tries, and how long it waits between two attempts."""

    max_attempts: int
    retry_after: timedelta


class Next(NamedTuple):
    """Where an entry goes after a call."""

    status: EntryStatus
    next_at: datetime
    is_reserved: bool = False
    excluded_for: Exclusion | None = None


def after_call(
    result: Result, attempts: int, terms: Terms, *, now: datetime, call_back_at: datetime | None
) -> Next:
    """Return where an entry goes after its `attempts`-th call."""
    if result is Result.ANSWERED:
        return Next(EntryStatus.ANSWERED, now)
    if result is Result.REFUSED:
        return Next(EntryStatus.REFUSED, now)
    if result is Result.WRONG_NUMBER:
        return Next(EntryStatus.EXCLUDED, now, excluded_for=Exclusion.WRONG_NUMBER)
    if result is Result.CALL_BACK:
        # he asked for it: such a call does not count against the attempts
        return Next(EntryStatus.WAITING, call_back_at or now, is_reserved=True)
    if attempts >= terms.max_attempts:
        return Next(EntryStatus.EXHAUSTED, now)
    return Next(EntryStatus.WAITING, now + terms.retry_after)


def progress_of(
    by_status: dict[str, int], by_result: dict[str, int], callers: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return how far a list is; a share of nothing is none, with its reason."""
    total = sum(by_status.values())
    left = sum(by_status.get(one, 0) for one in TO_DO)
    calls = sum(by_result.values())
    reached = calls - sum(by_result.get(one, 0) for one in UNREACHED)
    return {
        "total": total,
        "left": left,
        "calls": calls,
        "by_status": {one.value: by_status.get(one, 0) for one in EntryStatus},
        "by_result": {one.value: by_result.get(one, 0) for one in Result},
        "done_share": share(total - left, total),
        "reached_share": share(reached, calls),
        "reason": None if calls else "no_data",
        "callers": callers,
    }


def share(part: int, whole: int) -> str | None:
    """Return a share to four places, or None of nothing."""
    return str((Decimal(part) / Decimal(whole)).quantize(_PLACES)) if whole else None
