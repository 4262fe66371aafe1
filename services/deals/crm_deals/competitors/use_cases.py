"""What can be done to a competitor."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.competitors import queries
from crm_deals.competitors.errors import CompetitorExternalIdTakenError, CompetitorLabelTakenError
from crm_deals.competitors.models import Competitor
from crm_deals.events import (
    CompetitorCreated,
    CompetitorDeleted,
    CompetitorFacts,
    CompetitorUpdated,
)
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.ids import new_id

Put = Literal["created", "updated", "unchanged"]


async def create_competitor(session: AsyncSession, values: Mapping[str, Any]) -> Competitor:
    """Add a competitor to the dictionary and announce it."""
    competitor = Competitor(id=new_id(), **values)
    await _check(session, competitor)
    session.add(competitor)
    await outbox.record(
        session,
        competitor,
        CompetitorCreated(competitor=_facts(competitor), changed=[], previous={}),
    )
    return competitor


async def update_competitor(
    session: AsyncSession,
    competitor: Competitor,
    values: Mapping[str, Any],
    *,
    expected: int | None,
) -> bool:
    """Change a competitor and announce it; tells whether anything changed."""
    if expected not in (None, competitor.revision):
        raise ChangedMeanwhileError
    for name, value in values.items():
        setattr(competitor, name, value)
    changes = outbox.changes_of(competitor, CompetitorFacts)
    if not changes:
        return False
    await _check(session, competitor)
    event = CompetitorUpdated(
        competitor=_facts(competitor), changed=changes.changed, previous=changes.previous
    )
    await outbox.record(session, competitor, event)
    return True


async def delete_competitor(
    session: AsyncSession, competitor_id: UUID, *, expected: int | None
) -> None:
    """Take a competitor out of the dictionary; deals that name it keep it."""
    competitor = await queries.get_competitor(session, competitor_id)
    if expected not in (None, competitor.revision):
        raise ChangedMeanwhileError
    competitor.deleted_at = utc_now()
    event = CompetitorDeleted(competitor=_facts(competitor), changed=["deleted_at"], previous={})
    await outbox.record(session, competitor, event)


async def put_competitor(
    session: AsyncSession, named: tuple[str, str], values: Mapping[str, Any]
) -> tuple[Competitor, Put]:
    """Create or change the competitor that another system knows under this id."""
    system, external_id = named
    known = await queries.find_competitor_by_external_id(session, system, external_id)
    if known is None:
        identified = {**values, "source_system": system, "external_id": external_id}
        return await create_competitor(session, identified), "created"
    # taken out on purpose: a sync that still has it must not bring it back
    if known.deleted_at is not None:
        raise CompetitorExternalIdTakenError
    changed = await update_competitor(session, known, values, expected=None)
    return known, "updated" if changed else "unchanged"


async def _check(session: AsyncSession, competitor: Competitor) -> None:
    # asked before the index refuses, which could not name the field
    if await queries.is_label_taken(session, competitor):
        raise CompetitorLabelTakenError


def _facts(competitor: Competitor) -> CompetitorFacts:
    return CompetitorFacts.model_validate(competitor, from_attributes=True)
