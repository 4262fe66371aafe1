"""One line a request: route template, status, time, actor's id; never a path, query or body."""

import logging
import sys
import time
from typing import TextIO
from uuid import UUID

from crm_shared.observability.metrics import METHODS, UNMATCHED

_FORMAT = (
    '{"event": "request", "level": "info", "timestamp": "%s.%03dZ", "service": "%s", '
    '"method": "%s", "route": "%s", "status": %d, "duration_ms": %.1f, "actor_id": %s, '
    '"trace_id": "%s"}\n'
)


class AccessLog:
    """Writes its lines itself: all in them is safe as it stands, and they are on every request."""

    def __init__(self, service: str, stream: TextIO | None = None) -> None:
        self._service = service
        self._stream = stream
        self._logger = logging.getLogger("crm.access")

    def write(
        self,
        method: str,
        route: str,
        *,
        status: int,
        seconds: float,
        actor_id: UUID | None,
        trace_id: str,
    ) -> None:
        """Write one line, unless the log level leaves such lines out."""
        if not self._logger.isEnabledFor(logging.INFO):
            return
        now = time.time()
        line = _FORMAT % (
            time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)),
            now % 1 * 1000,
            self._service,
            method if method in METHODS else "OTHER",
            route or UNMATCHED,
            status,
            seconds * 1000,
            f'"{actor_id}"' if actor_id else "null",
            trace_id,
        )
        (self._stream or sys.stderr).write(line)
