"""When a delivery is tried again, and what an answer means for it and for its webhook."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# as Standard Webhooks proposes: 3 days in all, then it is a dead letter
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=20, minutes=25),
)
JITTER = 0.1
GIVE_UP_AFTER = timedelta(days=3)
# what a receiver may ask for by Retry-After
LONGEST_PAUSE = timedelta(hours=24)
GONE, TOO_MANY, UNAVAILABLE = 410, 429, 503
KEPT_TRIES = 20


class Status(StrEnum):
    """How a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class Reason(StrEnum):
    """Why a webhook was switched off."""

    UNSUBSCRIBED = "unsubscribed"
    FAILING = "failing"
    BY_HAND = "by-hand"
    CONDITIONS = "conditions"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt: a status, or what stood in its way."""

    at: datetime
    duration_ms: int
    status: int | None = None
    error: str | None = None
    retry_after: timedelta | None = None

    @property
    def is_good(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - HTTP

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants nothing any more."""
        return self.status == GONE

    def as_try(self) -> dict[str, object]:
        """Return it as a line of the delivery's log."""
        return {
            "at": self.at.isoformat(),
            "status": self.status,
            "error": self.error,
            "duration_ms": self.duration_ms,
        }


def pause_after(attempts: int, answer: Answer) -> timedelta | None:
    """Return how long to wait after so many attempts; None: it was the last one."""
    if attempts > len(PAUSES):
        return None
    # receivers that fell together should not all be asked again in the same second
    spread = 1 + random.uniform(-JITTER, JITTER)  # noqa: S311 - no secret
    planned = PAUSES[attempts - 1] * spread
    if answer.status in (TOO_MANY, UNAVAILABLE) and answer.retry_after is not None:
        return max(planned, min(answer.retry_after, LONGEST_PAUSE))
    return planned


def should_give_up(failing_since: datetime | None, now: datetime) -> bool:
    """Tell whether a webhook took nothing for so long that it is switched off."""
    return failing_since is not None and now - failing_since >= GIVE_UP_AFTER
