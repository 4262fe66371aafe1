"""What reporting does with every event: keep it, and count what it changes."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.use_cases import project
from crm_reporting.custom_metrics import use_cases as custom_metrics
from crm_reporting.database import join_tables
from crm_reporting.facts.rules import deals_paid, noun_of
from crm_reporting.ledger import statements as ledger
from crm_reporting.rebuilds import statements as rebuilding
from crm_reporting.rebuilds.errors import OtherBuildError
from crm_reporting.rebuilds.use_cases import basis_and_rebuild
from crm_shared.events.consumer import Discard, Pause
from crm_shared.events.envelope import Envelope

PUBLISHERS = ("contacts", "deals", "notifications", "reporting")
# A durable's name is its place in the stream: rename one and it starts over from the beginning.
DURABLES = {publisher: f"reporting-ledger-{publisher}" for publisher in PUBLISHERS}
DERIVED = {("reporting", "customer"), ("reporting", "alarm")}


async def handle(session: AsyncSession, batch: Sequence[Envelope[Any]]) -> None:
    """Keep and count a fetched batch, in its one transaction."""
    await keep(session, batch)


async def keep(session: AsyncSession, told: Sequence[Envelope[Any]]) -> int:
    """Append events to the ledger and project the new ones; return how many were new."""
    # what follows from the ledger is no part of it
    batch = [one for one in told if (one.publisher, noun_of(one.type)) not in DERIVED]
    if not batch:
        return 0
    await join_tables(session)
    try:
        basis, is_rebuilt = await basis_and_rebuild(session)
    except OtherBuildError as other:
        # counted in another zone or currency now: this process must not add to it
        raise Pause(str(other)) from other
    fresh = await ledger.append(session, batch, deals_paid(batch))
    new = [envelope for envelope in batch if envelope.id in fresh]
    if not new:
        return 0
    if is_rebuilt:
        await rebuilding.touch(session, new)
    try:
        await project(session, new, basis.zone)
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Discard(f"data.{where}: {first['type']}") from None
    await custom_metrics.count(session, new)
    return len(new)
