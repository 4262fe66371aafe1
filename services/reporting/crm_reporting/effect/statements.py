"""Keeping the effect as it was counted."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.database import PROJECTOR_LOCK
from crm_reporting.effect.models import KeptTotals

_THE_ONE = UUID(int=1)
# beside the keys of database.py: one replica counts the effect at a time
_COUNTING = 101
# it may take longer than a request may, most of it in Python while the transaction is open
_TRY = text("""
    SELECT set_config('statement_timeout', '0', true),
           set_config('idle_in_transaction_session_timeout', '0', true),
           pg_try_advisory_xact_lock(:lock, :key)
""")


async def alone(session: AsyncSession) -> bool:
    """Tell whether this transaction is the only one that counts the effect; it stays so."""
    found = await session.execute(_TRY, {"lock": PROJECTOR_LOCK, "key": _COUNTING})
    return bool(found.one()[2])


async def keep_totals(
    session: AsyncSession,
    key: str,
    counted_at: datetime,
    *,
    body: dict[str, Any],
    whole: dict[str, Any],
) -> None:
    """Keep the sentence and the whole answer in place of the last ones."""
    values = {"key": key, "counted_at": counted_at, "body": body, "whole": whole}
    statement = insert(KeptTotals).values(id=_THE_ONE, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


async def forget_totals(session: AsyncSession) -> None:
    """Keep no answer: whoever asks has it counted."""
    await session.execute(delete(KeptTotals))
