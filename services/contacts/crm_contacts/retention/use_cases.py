"""Asking what would go, and writing down what went."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import RetentionAsked
from crm_contacts.retention.models import RetentionReport
from crm_shared.events import outbox
from crm_shared.ids import new_id


async def ask(session: AsyncSession, days: Mapping[str, int]) -> UUID:
    """Ask every service what is older than so many days; return what its answers name."""
    event = RetentionAsked(days=dict(days))
    entry = outbox.entry_values(event, aggregate_id=new_id(), revision=1)
    await outbox.write_entries(session, [entry])
    asked_id: UUID = entry["event_id"]
    return asked_id


async def write_down(session: AsyncSession, reports: Sequence[Mapping[str, Any]]) -> None:
    """Keep reports, each once however often it is told."""
    if reports:
        await session.execute(insert(RetentionReport).values(reports).on_conflict_do_nothing())
