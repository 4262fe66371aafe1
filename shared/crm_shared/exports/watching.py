"""Who looks on while lists leave the house: the one place where exports are told and held back."""

import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from crm_shared.actor import Actor
from crm_shared.db.engine import Sessions
from crm_shared.errors import TooManyRequestsError

HOUR_S = 3600.0
MOST_CALLERS = 10_000


@dataclass(frozen=True, slots=True)
class Export:
    """One export: who takes what. It says which fields were filtered by, never by what."""

    id: UUID
    actor: Actor
    noun: str
    format: str
    columns: tuple[str, ...]
    filtered_by: tuple[str, ...]


class ExportTooOftenError(TooManyRequestsError):
    problem = "too-many-exports"

    def __init__(self, limit: int, retry_after: int) -> None:
        super().__init__(f"At most {limit} exports an hour, one at a time.")
        self.retry_after = retry_after


class ExportWatch(Protocol):
    """Looks on; audit and alarms hang here. What `begins` raises refuses the export."""

    async def begins(self, sessions: Sessions, export: Export) -> None:
        """Take note before the first row is read."""

    async def ends(self, sessions: Sessions, export: Export, *, rows: int, whole: bool) -> None:
        """Take note of how much went out; not `whole` when it broke off or nobody read on."""


class ExportLimit:
    """Lets each caller take one export at a time, and so many an hour (per process)."""

    def __init__(self, per_hour: int) -> None:
        self.per_hour = per_hour
        self._taken: OrderedDict[UUID, deque[float]] = OrderedDict()
        self._busy: dict[UUID, float] = {}

    def take(self, caller: UUID, now: float | None = None) -> None:
        """Count an export that begins, or refuse it."""
        at = time.monotonic() if now is None else now
        taken = self._taken.setdefault(caller, deque())
        while taken and taken[0] <= at - HOUR_S:
            taken.popleft()
        # one that nobody ever read would otherwise shut its caller out for good
        if self._busy.get(caller, -HOUR_S) > at - HOUR_S:
            raise ExportTooOftenError(self.per_hour, 10)
        if len(taken) >= self.per_hour:
            raise ExportTooOftenError(self.per_hour, int(taken[0] + HOUR_S - at) + 1)
        taken.append(at)
        self._busy[caller] = at
        self._taken.move_to_end(caller)
        if len(self._taken) > MOST_CALLERS:
            self._taken.popitem(last=False)

    def give_back(self, caller: UUID) -> None:
        """Note that a caller's export has ended, however it did."""
        self._busy.pop(caller, None)
