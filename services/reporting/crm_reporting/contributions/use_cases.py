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
    fresh = await take_facts(session, batch)
    if fresh:
        await _recount(session, fresh, zone)


async def take_facts(
    session: AsyncSession, batch: Sequence[Envelope[Any]]
) -> set[tuple[UUID, int]]:
    """Write what the events say; return (deal, revision) of the facts that are new."""
    await facts.add_noun_facts(session, noun_facts(batch))
    rows = deal_facts(batch)
    if not rows:
        return set()
    # every channel that was ever named, so that the order of events cannot matter
    channels = {row.fact.channel for row in rows if row.fact.channel is not None}
    await statements.label_channels(session, channels)
    return await facts.add_deal_facts(session, rows)


async def _recount(session: AsyncSession, fresh: set[tuple[UUID, int]], zone: ZoneInfo) -> None:
    histories = await facts.facts_of(session, {deal for deal, _ in fresh})
    counts = Counts()
    changed: dict[UUID, Sequence[Row]] = {}
    known: list[UUID] = []
    for deal, history in histories.items():
        before = contributions(
            (fact for fact in history if (deal, fact.revision) not in fresh), zone
        )
        after = contributions(history, zone)
        if before != after:
            old, new = set(before), set(after)
            counts.add(old - new, sign=-1)
            counts.add(new - old)
            changed[deal] = after
            if before:
                known.append(deal)
    if changed:
        await statements.replace_contributions(session, changed, known=known)
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
