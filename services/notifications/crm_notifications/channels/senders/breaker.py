"""The circuit breaker: a provider in trouble is left alone, then tried with one letter."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from crm_notifications.channels.rules import Letter, Receipt, Sender, Trace, Verdict
from crm_shared.clock import utc_now
from crm_shared.observability.logging import get_logger

log = get_logger(__name__)
LONGEST_REST = timedelta(minutes=10)


class Breaker:
    """A provider behind a switch: after some letters failed by its fault, it rests.

    The rest doubles from `rest` to ten minutes while the one letter that tries fails too. What a
    provider asks us to wait (429) is a rest as well. Messages wait meanwhile: no attempt is spent.
    """

    def __init__(
        self,
        sender: Sender,
        *,
        after: int = 5,
        rest: timedelta = timedelta(seconds=30),
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.sender = sender
        self.name = sender.name
        self._after = after
        self._rest = rest
        self._now = now
        self._failures = 0
        self._opened = 0
        self._until: datetime | None = None

    def allowance(self, most: int) -> int:
        """How many letters may be tried now: all, one to see, or none."""
        if self._until is not None and self._now() < self._until:
            return 0
        return 1 if self._opened else most

    async def send(self, letters: Sequence[Letter], *, until: datetime) -> list[Verdict]:
        """Try the letters, and learn from what becomes of them."""
        verdicts = await self.sender.send(letters, until=until)
        for verdict in verdicts:
            self._note(verdict)
        return verdicts

    async def look_up(self, traces: Sequence[Trace]) -> list[Receipt]:
        """Ask the provider, unless it rests."""
        return await self.sender.look_up(traces) if self.allowance(1) else []

    async def close(self) -> None:
        """Let go of the provider's connections."""
        await self.sender.close()

    def _note(self, verdict: Verdict) -> None:
        if verdict.wait_s:
            self._pause(timedelta(seconds=verdict.wait_s))
            return
        if not verdict.is_trouble:
            self._failures = self._opened = 0
            return
        self._failures += 1
        if self._failures >= self._after or self._opened:
            self._failures = 0
            self._pause(min(self._rest * 2 ** min(self._opened, 10), LONGEST_REST))
            self._opened += 1
            log.warning("provider-rests", provider=self.name, reason=verdict.code)

    def _pause(self, rest: timedelta) -> None:
        self._until = max(self._until or self._now(), self._now() + rest)
