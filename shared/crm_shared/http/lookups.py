"""How long lookups took: each API process tells every five minutes what it measured since."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Literal

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.events import outbox
from crm_shared.events.envelope import Event
from crm_shared.http.exchange import Resources
from crm_shared.ids import new_id
from crm_shared.observability.logging import get_logger, told_without_values
from crm_shared.observability.metrics import SECONDS

log = get_logger(__name__)

Kind = Literal["search", "view"]
# by kind: up to how many seconds, and how many answers in all took no longer
Measured = dict[Kind, dict[float, int]]
EVERY_S = 300
MS = 1000
BEYOND = float("inf")


class LookupBucket(BaseModel):
    """How many answers took no longer than this and longer than the bucket before; null: longer."""

    up_to_ms: int | None
    count: int


class LookupFacts(BaseModel):
    """What one process measured of one kind of lookup in a stretch of time: counts, no contents."""

    kind: Kind
    since: datetime
    until: datetime
    count: int
    buckets: list[LookupBucket]


class Lookups:
    """Which routes of a service are lookups, and the event that tells how long they took.

    What was measured and not yet told is lost with the process: five minutes at most.
    """

    def __init__(
        self, service: str, routes: Mapping[str, Kind], say: Callable[[LookupFacts], Event]
    ) -> None:
        self._service = service
        self._routes = routes
        self._say = say
        self._since = utc_now()
        self._told = self._measured()

    @asynccontextmanager
    async def during(self, app: FastAPI) -> AsyncIterator[None]:
        """Tell again and again while an application lives."""
        task = asyncio.create_task(self._run(app.state.resources))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self, resources: Resources) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                if await self.tell(resources.sessions):
                    resources.wake_relay()
            except (SQLAlchemyError, OSError) as failure:
                # nothing is lost: what was measured is told with the next word
                log.warning("lookups not told", **told_without_values(failure))

    async def tell(self, sessions: Sessions) -> int:
        """Announce what was measured since the last time; of nothing nothing is said."""
        until, measured = utc_now(), self._measured()
        found = [one for one in self._since_last(measured, until) if one.count]
        entries = [
            outbox.entry_values(self._say(one), aggregate_id=new_id(), revision=1) for one in found
        ]
        async with sessions.begin() as session:
            await outbox.write_entries(session, entries)
        self._since, self._told = until, measured
        return len(entries)

    def _since_last(self, measured: Measured, until: datetime) -> Iterator[LookupFacts]:
        for kind, now in measured.items():
            known = self._told.get(kind, {})
            buckets, below = [], 0
            for bound in sorted(now):
                up_to = now[bound] - known.get(bound, 0)
                if up_to > below:
                    told = None if bound == BEYOND else round(bound * MS)
                    buckets.append(LookupBucket(up_to_ms=told, count=up_to - below))
                below = up_to
            yield LookupFacts(
                kind=kind, since=self._since, until=until, count=below, buckets=buckets
            )

    def _measured(self) -> Measured:
        found: Measured = {}
        for sample in (one for metric in SECONDS.collect() for one in metric.samples):
            told = sample.labels
            kind = self._routes.get(told["route"])
            is_ours = told["service"] == self._service and told["method"] == "GET"
            if kind is None or not is_ours or "le" not in told:
                continue
            bounds = found.setdefault(kind, {})
            bound = float(told["le"])
            bounds[bound] = bounds.get(bound, 0) + int(sample.value)
        return found
