"""Writing what the scan found: a whole batch in two statements."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import delete, or_, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.duplicates.models import DuplicatePair, PairState
from crm_contacts.duplicates.rules import Verdict
from crm_shared.clock import utc_now
from crm_shared.ids import new_id

Pair = tuple[UUID, UUID]


async def keep_pairs(
    session: AsyncSession, kind: str, scanned: Collection[UUID], found: Mapping[Pair, Verdict]
) -> None:
    """Keep what was found about records and forget what is so no more; dismissed stays so."""
    gone = delete(DuplicatePair).where(
        or_(DuplicatePair.one_id.in_(scanned), DuplicatePair.other_id.in_(scanned)),
        DuplicatePair.state == PairState.OPEN,
    )
    if found:
        named = tuple_(DuplicatePair.one_id, DuplicatePair.other_id)
        gone = gone.where(named.not_in(sorted(found)))
    await session.execute(gone)
    if not found:
        return
    rows = [
        {
            "id": new_id(),
            "kind": kind,
            "one_id": one_id,
            "other_id": other_id,
            "score": found[one_id, other_id].score,
            "reasons": found[one_id, other_id].reasons,
            "state": PairState.OPEN,
            "found_at": utc_now(),
        }
        # in one order: a colleague who dismisses pairs meanwhile waits and does not deadlock
        for one_id, other_id in sorted(found)
    ]
    statement = insert(DuplicatePair).values(rows)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["one_id", "other_id"],
            set_={name: statement.excluded[name] for name in ("score", "reasons")},
            # what a person decided is not found again
            where=DuplicatePair.state == PairState.OPEN,
        )
    )
