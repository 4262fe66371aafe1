"""Telling what changed of customers: once per real change, whatever led to it."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.customers import queries
from crm_reporting.customers.queries import FIGURES
from crm_reporting.customers.statements import alone, keep_told
from crm_reporting.events.derived import (
    CustomerFacts,
    CustomerFiguresChanged,
)
from crm_reporting.rebuilds.use_cases import basis_and_rebuild
from crm_shared.clock import utc_now
from crm_shared.context import as_bulk
from crm_shared.events.outbox import entry_values, write_entries
from crm_shared.ids import new_id


async def tell_figures(
    session: AsyncSession, *, since: datetime | None, portion: int
) -> int | None:
    """Tell all figures of customers that differ from what was told before, counted once.

    Events after `since` are what led to it. Returns how many; None while another replica tells.
    """
    if not await alone(session):
        return None
    basis, is_rebuilt = await basis_and_rebuild(session)
    if is_rebuilt:
        # half of the counters are not there yet: whatever differs is no news
        return None
    told = 0
    async for changed in queries.changed_figures(session, basis, portion):
        await _tell(session, changed, since)
        told += len(changed)
    return told


async def _tell(session: AsyncSession, changed: Sequence[Row[Any]], since: datetime | None) -> None:
    live = await _live(session, changed, since)
    now = utc_now()
    rows, entries = [], []
    for one in changed:
        row_id, revision = one.id or new_id(), (one.revision or 0) + 1
        figures = {name: getattr(one, name) for name in FIGURES}
        rows.append(
            {
                **figures,
                "id": row_id,
                "customer_id": one.customer_id,
                "revision": revision,
                "created_at": now,
                "updated_at": now,
            }
        )
        # automation stays silent about what an import brought, and about the very first count
        with nullcontext() if one.customer_id in live else as_bulk():
            entries.append(entry_values(_event(one), aggregate_id=row_id, revision=revision))
    await keep_told(session, rows)
    await write_entries(session, entries)


async def _live(
    session: AsyncSession, changed: Sequence[Row[Any]], since: datetime | None
) -> set[UUID]:
    """Return whose change is news: not brought by an import, nor there before the first count."""
    if since is None:
        return set()
    known = {one.customer_id for one in changed if one.id}
    if await queries.all_at_once(session, since):
        # an import, every amount of a currency, other rules: no news of any one customer
        known = set()
    others = [one.customer_id for one in changed if one.customer_id not in known]
    return known | await queries.changed_live(session, others, since)


def _event(one: Row[Any]) -> CustomerFiguresChanged:
    facts = {name: getattr(one, name) for name in FIGURES if name != "is_company"}
    was = {name: getattr(one, f"was_{name}") for name in facts}
    changed = [name for name in facts if one.id is None or facts[name] != was[name]]
    return CustomerFiguresChanged(
        customer=CustomerFacts(
            company_id=one.customer_id if one.is_company else None,
            contact_id=None if one.is_company else one.customer_id,
            **facts,
        ),
        changed=changed,
        previous={name: was[name] for name in changed} if one.id else {},
    )
