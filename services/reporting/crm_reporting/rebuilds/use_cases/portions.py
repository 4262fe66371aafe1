"""One portion of a rebuild: what the ledger has of some subjects, as facts and contributions.

A portion touches nothing that another one does, so processes share a rebuild without waiting for
each other: each holds the whole history of its subjects at once, and nothing is read twice.
"""

import asyncio
import gc
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from multiprocessing import parent_process
from threading import Thread
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic_core import from_json
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules import Row, contributions
from crm_reporting.contributions.rules.subjects import subject_contributions
from crm_reporting.contributions.statements import (
    Changed,
    replace_contributions,
    write_contributions,
)
from crm_reporting.contributions.use_cases import COLLECT_AFTER
from crm_reporting.facts import statements as facts
from crm_reporting.facts.rules import (
    DealEvent,
    DealFactRow,
    Head,
    NounFactRow,
    deal_row,
    labels_in,
    noun_of,
    noun_row,
)
from crm_reporting.rebuilds import queries, statements
from crm_shared.db.engine import Sessions, make_engine, make_sessions


class Counted(NamedTuple):
    """What came of a portion: how many events it had, and the names that kinds are told by."""

    events: int
    labels: frozenset[str]


def begin_apart() -> None:
    """Prepare a process of the rebuild: it ends when the one that started it does, however."""
    # as in the worker: hundreds of thousands of tuples live only for a portion
    gc.set_threshold(*COLLECT_AFTER)
    parent = parent_process()
    if parent is not None:

        def watch() -> None:
            parent.join()
            os._exit(1)

        Thread(target=watch, daemon=True).start()


def count_apart(url: str, zone: str, portion: queries.Portion) -> Counted:
    """Count a portion in a process of its own."""
    return asyncio.run(_count_apart(url, ZoneInfo(zone), portion))


async def _count_apart(url: str, zone: ZoneInfo, portion: queries.Portion) -> Counted:
    engine = make_engine(
        url, application="crm-reporting-rebuild-portion", pool_size=1, command_timeout=None
    )
    try:
        return await count(make_sessions(engine), zone, portion)
    finally:
        await engine.dispose()


async def count(sessions: Sessions, zone: ZoneInfo, portion: queries.Portion) -> Counted:
    """Write what a portion's events say, and what its subjects add, into the shadow tables."""
    async with sessions.begin() as session:
        await statements.work_in_shadow(session)
        kept = await queries.events_of(session, portion)
        deals, nouns = _facts(kept)
        await facts.load(session, deals, nouns)
        await write_contributions(session, _rows(deals, nouns, zone))
        return Counted(len(kept), frozenset(labels_in(deals, nouns)))


async def count_refunds(session: AsyncSession, zone: ZoneInfo, deals: Sequence[UUID]) -> None:
    """Add to deals what follows from money that went back: it was told of other subjects.

    These rows come last of a deal's, so what its portion wrote of it stays as it is.
    """
    known, payments = await facts.facts_of(session, deals), await facts.payments_of(session, deals)
    found: dict[UUID, Changed] = {}
    for deal, of_deal in known.items():
        own = len(contributions(of_deal, zone))
        rows = contributions(of_deal, zone, payments.get(deal, ()))
        found[deal] = [(place, None, rows[place]) for place in range(own, len(rows))]
    await replace_contributions(session, found)


def _facts(kept: Iterable[Any]) -> tuple[list[DealFactRow], list[NounFactRow]]:
    """Read the events; of two that claim one revision the earlier stands, as in the projection."""
    deals, nouns = [], []
    seen: set[tuple[Any, ...]] = set()
    for *around, data in kept:
        head = Head(*around)
        noun = noun_of(head.type)
        if (place := (noun, head.subject, head.revision)) in seen:
            continue
        seen.add(place)
        if noun == "deal":
            deals.append(deal_row(head, DealEvent.model_validate_json(data)))
        else:
            nouns.append(noun_row(head, from_json(data)))
    return deals, nouns


def _rows(
    deals: Sequence[DealFactRow], nouns: Sequence[NounFactRow], zone: ZoneInfo
) -> Iterator[tuple[UUID, Sequence[Row]]]:
    """Yield each subject's rows; the events of one stand together."""
    for deal, of_deal in groupby((row.fact for row in deals), key=lambda fact: fact.deal_id):
        yield deal, contributions(of_deal, zone)
    counted = (row.event for row in nouns if row.event is not None)
    for (_, subject), told in groupby(counted, key=lambda event: (event.kind, event.id)):
        yield subject, subject_contributions(told, zone)
