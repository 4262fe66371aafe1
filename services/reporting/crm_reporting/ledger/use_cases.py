"""Watching the ledger: how far it is behind, and fetching what never came."""

from collections.abc import Sequence
from typing import Any

from prometheus_client import Counter, Gauge
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.ledger.models import LedgerHead, Projection
from crm_shared.clock import utc_now
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.events.jetstream import Bus

GAPS = Gauge("crm_ledger_gaps", "Aggregates of which events have been missing for a minute")
REPAIRED = Counter("crm_ledger_repaired_total", "Events fetched from their publisher's log")
_SHAPE = Envelope[AnyEvent]


async def note_pending(session: AsyncSession, publisher: str, pending: int) -> None:
    """Write how many events of a stream wait, and since when some do."""
    now = utc_now()
    row = insert(Projection).values(
        publisher=publisher, pending=pending, checked_at=now, behind_since=now if pending else None
    )
    known = func.coalesce(Projection.behind_since, row.excluded.behind_since)
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["publisher"],
            set_={
                "pending": row.excluded.pending,
                "checked_at": row.excluded.checked_at,
                "behind_since": known if pending else None,
            },
        )
    )


async def fetch_events(bus: Bus, head: LedgerHead) -> Sequence[Envelope[Any]]:
    """Ask the publisher for every event of an aggregate; BusUnavailableError when it is away."""
    found: list[Envelope[Any]] = []
    from_revision = 1
    while True:
        question = {"subject": str(head.subject), "from_revision": from_revision}
        answer = await bus.request(f"crm-events.{head.publisher}", question)
        found += [_SHAPE.model_validate(event) for event in answer["events"]]
        if answer.get("next") is None or not answer["events"]:
            return found
        from_revision = found[-1].revision + 1
