"""Project a batch of events: facts, contributions, counters, in the caller's transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions import statements
from crm_reporting.contributions.rules import Counts, Fact, Row, contributions
from crm_reporting.facts import statements as facts
from crm_reporting.facts.rules import deal_facts, noun_facts
from crm_shared.events.envelope import Envelope


async def project(session: AsyncSession, batch: Sequence[Envelope[Any]], zone: ZoneInfo) -> None:
    """Take a batch of events into facts and counters; known events change nothing.

    The caller holds the projector's lock: contributions before and after are read here.
    """
    await facts.add_noun_facts(session, noun_facts(batch))
    rows = deal_facts(batch)
    if not rows:
        return
    histories, fresh = await facts.add_deal_facts(session, rows, with_history=True)
    await _recount(session, histories, fresh, zone)


async def take_facts(session: AsyncSession, batch: Sequence[Envelope[Any]]) -> None:
    """Write what the events say, and count nothing yet."""
    await facts.add_noun_facts(session, noun_facts(batch))
    rows = deal_facts(batch)
    if rows:
        await facts.add_deal_facts(session, rows, with_history=False)


async def _recount(
    session: AsyncSession,
    histories: Mapping[UUID, Sequence[Fact]],
    fresh: Mapping[UUID, Sequence[Fact]],
    zone: ZoneInfo,
) -> None:
    counts = Counts()
    changed: dict[UUID, tuple[Sequence[Row], Sequence[Row]]] = {}
    for deal, new in fresh.items():
        known = histories.get(deal, [])
        before = contributions(known, zone)
        after = contributions([*known, *new], zone)
        if before != after:
            old, now = set(before), set(after)
            counts.add(old - now, sign=-1)
            counts.add(now - old)
            changed[deal] = (before, after)
    if changed:
        await statements.replace_contributions(session, changed)
        await statements.add_counts(session, counts)


def count_all(
    histories: Mapping[UUID, Sequence[Fact]], zone: ZoneInfo
) -> tuple[dict[UUID, Sequence[Row]], Counts]:
    """Return contributions and counts of whole histories, as a rebuild needs them."""
    rows: dict[UUID, Sequence[Row]] = defaultdict(list)
    counts = Counts()
    for deal, history in histories.items():
        rows[deal] = contributions(history, zone)
        counts.add(rows[deal])
    return rows, counts
