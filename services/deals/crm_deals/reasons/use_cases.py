"""What can be done to a reason."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.events import ReasonCreated, ReasonDeleted, ReasonFacts, ReasonUpdated
from crm_deals.reasons import queries
from crm_deals.reasons.errors import ReasonExternalIdTakenError, ReasonLabelTakenError
from crm_deals.reasons.models import Reason
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.ids import new_id

Put = Literal["created", "updated", "unchanged"]


async def create_reason(session: AsyncSession, values: Mapping[str, Any]) -> Reason:
    """Add a reason to the dictionary and announce it."""
    reason = Reason(id=new_id(), **values)
    await _check(session, reason)
    session.add(reason)
    await outbox.record(
        session, reason, ReasonCreated(reason=_facts(reason), changed=[], previous={})
    )
    return reason


async def update_reason(
    session: AsyncSession, reason: Reason, values: Mapping[str, Any], *, expected: int | None
) -> bool:
    """Change a reason and announce it; tells whether anything changed."""
    if expected not in (None, reason.revision):
        raise ChangedMeanwhileError
    for name, value in values.items():
        setattr(reason, name, value)
    changes = outbox.changes_of(reason, ReasonFacts)
    if not changes:
        return False
    await _check(session, reason)
    event = ReasonUpdated(reason=_facts(reason), changed=changes.changed, previous=changes.previous)
    await outbox.record(session, reason, event)
    return True


async def delete_reason(session: AsyncSession, reason_id: UUID, *, expected: int | None) -> None:
    """Take a reason out of the dictionary; deals that name it keep it."""
    reason = await queries.get_reason(session, reason_id)
    if expected not in (None, reason.revision):
        raise ChangedMeanwhileError
    reason.deleted_at = utc_now()
    event = ReasonDeleted(reason=_facts(reason), changed=["deleted_at"], previous={})
    await outbox.record(session, reason, event)


async def put_reason(
    session: AsyncSession, named: tuple[str, str], values: Mapping[str, Any]
) -> tuple[Reason, Put]:
    """Create or change the reason that another system knows under this id."""
    system, external_id = named
    known = await queries.find_reason_by_external_id(session, system, external_id)
    if known is None:
        identified = {**values, "source_system": system, "external_id": external_id}
        return await create_reason(session, identified), "created"
    # taken out on purpose: a sync that still has it must not bring it back
    if known.deleted_at is not None:
        raise ReasonExternalIdTakenError
    changed = await update_reason(session, known, values, expected=None)
    return known, "updated" if changed else "unchanged"


async def _check(session: AsyncSession, reason: Reason) -> None:
    # asked before the index refuses, which could not name the field
    if await queries.is_label_taken(session, reason):
        raise ReasonLabelTakenError


def _facts(reason: Reason) -> ReasonFacts:
    return ReasonFacts.model_validate(reason, from_attributes=True)
