"""Forgetting a person: names that were copied; facts hold ids, sums and dates, and stay."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.events import ErasureCompleted, ErasureFacts
from crm_shared.events import refs
from crm_shared.events.erasure import Emptied, forget_answers


async def erase_person(session: AsyncSession, person_id: UUID) -> dict[str, int]:
    """Empty copied names of a person; the ledger never knew any."""
    known = await refs.labels(session, "contact", [person_id])
    await refs.empty(session, "contact", [person_id])
    return {"names": len(known), "kept_answers": await forget_answers(session, [person_id])}


def tell(person_id: UUID, emptied: Emptied) -> ErasureCompleted:
    """Say what was emptied of whom: ids and counts."""
    return ErasureCompleted(erasure=ErasureFacts(person_id=person_id, emptied=dict(emptied)))
