"""How long one waits for somebody who is still at work."""

import time
from collections.abc import Callable
from pathlib import Path

# a log that grows for ever is no progress either: retries are written down too
LONGEST_S = 900.0


class Patience:
    """Ends when the logs have not grown for so long, or when it took too long in all."""

    def __init__(
        self,
        place: Path,
        quiet_s: float,
        *,
        longest_s: float = LONGEST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place, self._quiet_s, self._clock = place, quiet_s, clock
        self._heard = clock()
        self._last = self._heard + longest_s
        self._size = self._written()

    def is_over(self) -> bool:
        """Look at the logs again and tell whether waiting on makes sense no more."""
        now, size = self._clock(), self._written()
        if size != self._size:
            self._size, self._heard = size, now
        return now > self._last or now - self._heard > self._quiet_s

    def _written(self) -> int:
        files = self._place.glob("*.log") if self._place.is_dir() else (self._place,)
        return sum(file.stat().st_size for file in files if file.exists())
