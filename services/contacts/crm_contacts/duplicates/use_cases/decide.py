"""Saying that two records are not one client's, and taking that back."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.duplicates import queries
from crm_contacts.duplicates.models import DuplicatePair, PairState
from crm_shared import context
from crm_shared.clock import utc_now


async def dismiss(session: AsyncSession, pair: DuplicatePair) -> DuplicatePair:
    """Say that two records are not the same; the scan never brings them up again."""
    return await _decide(session, pair, PairState.DISMISSED)


async def reopen(session: AsyncSession, pair: DuplicatePair) -> DuplicatePair:
    """Take back that two records are not the same."""
    return await _decide(session, pair, PairState.OPEN)


async def keep_apart(session: AsyncSession, kind: str, one_id: UUID, other_id: UUID) -> None:
    """Note that somebody took two records apart: they are not to be offered for merging again."""
    pair = await queries.find_pair(session, one_id, other_id)
    if pair is None:
        first, second = sorted((one_id, other_id))
        pair = DuplicatePair(
            kind=kind, one_id=first, other_id=second, score=0, reasons=[], found_at=utc_now()
        )
        session.add(pair)
    await _decide(session, pair, PairState.DISMISSED)


async def _decide(session: AsyncSession, pair: DuplicatePair, state: PairState) -> DuplicatePair:
    pair.state, pair.decided_at = state, utc_now()
    pair.decided_by = context.current().actor.id
    await session.flush()
    return pair
