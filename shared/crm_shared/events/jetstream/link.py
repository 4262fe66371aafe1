"""How to reach the broker, and what it means when one cannot."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import nats.errors
import structlog

log = structlog.get_logger()

REQUEST_TIMEOUT_S = 3.0
QUIET_S = 10.0
MUTE_AFTER_PINGS = 2
_told: dict[str, float] = {}
BROKER_ERRORS = (nats.errors.Error, OSError, asyncio.TimeoutError)


class BusUnavailableError(Exception):
    """The broker, or the service that was asked over it, does not answer."""


class RefusedError(Exception):
    """The broker took the connection but refused this one message."""


@dataclass(frozen=True, slots=True)
class Link:
    """How to reach the broker, and as whom.

    A line that is mute is given up after `MUTE_AFTER_PINGS` unanswered pings, one each `ping_s`.
    """

    url: str
    name: str
    user: str | None = None
    password: str | None = None
    ping_s: float = 10

    def options(self) -> dict[str, Any]:
        """Return the options that every connection of this user has."""
        who: dict[str, Any] = {}
        if self.user:
            # a prefix of one's own: no user may read another's replies
            who = {
                "user": self.user,
                "password": self.password,
                "inbox_prefix": f"_INBOX_{self.user}",
            }
        return {
            "servers": self.url,
            "name": self.name,
            "connect_timeout": 2,
            "ping_interval": self.ping_s,
            "max_outstanding_pings": MUTE_AFTER_PINGS,
            "error_cb": _log_error,
            **who,
        }


async def _log_error(error: Exception) -> None:
    # a refused permission shows up here and nowhere else; a broker that is away, with every try
    kind = f"{type(error).__name__}: {error}"[:200]
    now = time.monotonic()
    if now - _told.get(kind, -QUIET_S) < QUIET_S:
        return
    _told[kind] = now
    log.warning("broker-error", error=type(error).__name__, reason_code=kind)
