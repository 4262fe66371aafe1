"""Keeping what is told of customers: a portion in one statement."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.customers.models import CustomerFigures
from crm_reporting.customers.queries import FIGURES
from crm_reporting.database import PROJECTOR_LOCK

# beside the keys of database.py: one replica tells figures at a time
_TELLING = 100
_TRY = text("SELECT pg_try_advisory_xact_lock(:lock, :key)")


async def alone(session: AsyncSession) -> bool:
    """Tell whether this transaction is the only one that tells figures; it stays so."""
    return bool(await session.scalar(_TRY, {"lock": PROJECTOR_LOCK, "key": _TELLING}))


async def keep_told(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write figures as they are told now."""
    statement = insert(CustomerFigures)
    names = (*FIGURES, "revision", "updated_at")
    again = {name: statement.excluded[name] for name in names}
    keyed = statement.on_conflict_do_update(index_elements=["customer_id"], set_=again)
    await session.execute(keyed, list(rows))
