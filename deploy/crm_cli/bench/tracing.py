"""From commit to commit: when a stage change and each of its three reactions became visible."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm_cli.bench.bed import Bed
from crm_cli.bench.load import Sample
from crm_cli.failure import CliError

# Who reacts to a stage change, by which durable; its inbox row is written with the effect.
REACTIONS = {
    "contacts": "contacts-task-rules",
    "notifications": "notifications-deals-message-rules",
    "reporting": "reporting-ledger-deals",
}
# The history's row is written with the change and never again: its transaction is the change's.
_MOVED = """
SELECT o.event_id, pg_xact_commit_timestamp(m.xmin) AS at FROM stage_moves m
JOIN outbox o ON o.aggregate_id = m.deal_id AND o.revision = m.revision
WHERE m.recorded_at >= $1
"""
_REACTED = """
SELECT event_id, pg_xact_commit_timestamp(xmin) AS at FROM inbox
WHERE durable = $1 AND handled_at >= $2
"""
_AT_MOST_S = 90.0

Moments = Mapping[UUID, datetime]


@dataclass(frozen=True, slots=True)
class Trace:
    """All stage changes since a moment, and when each service had reacted to them."""

    moved: Moments
    reacted: Mapping[str, Moments]

    @property
    def pending(self) -> int:
        """How many changes some service has not reacted to yet."""
        seen = self.reacted.values()
        return sum(any(event not in moments for moments in seen) for event in self.moved)

    def times(self, *services: str) -> Sample:
        """Return the times from each commit to the last of these services' reactions."""
        chosen = [self.reacted[service] for service in services]
        took = [
            (max(moments[event] for moments in chosen) - at).total_seconds()
            for event, at in self.moved.items()
        ]
        between = max(self.moved.values()) - min(self.moved.values())
        return Sample(seconds=between.total_seconds(), latencies=took)


async def look(bed: Bed, since: datetime) -> Trace:
    """Read what has happened since a moment."""
    async with bed.database("deals") as connection:
        moved = {row["event_id"]: row["at"] for row in await connection.fetch(_MOVED, since)}
    reacted = {}
    for service, durable in REACTIONS.items():
        async with bed.database(service) as connection:
            found = await connection.fetch(_REACTED, durable, since)
        reacted[service] = {row["event_id"]: row["at"] for row in found}
    return Trace(moved, reacted)


async def look_when_all_reacted(bed: Bed, since: datetime) -> Trace:
    """Wait until every change has been reacted to, then read."""
    deadline = time.monotonic() + _AT_MOST_S
    while (trace := await look(bed, since)).pending:
        if time.monotonic() > deadline:
            counts = {service: len(moments) for service, moments in trace.reacted.items()}
            raise CliError(f"of {len(trace.moved)} changes were reacted to only {counts}")
        await asyncio.sleep(0.5)
    return trace
