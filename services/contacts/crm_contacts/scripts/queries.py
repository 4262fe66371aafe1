"""Every SELECT of the scripts feature."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.contacts.models import Contact
from crm_contacts.leads.models import Lead
from crm_contacts.scripts.errors import RecordNotFoundError, ScriptNotFoundError
from crm_contacts.scripts.models import CompletedStep, Script, ScriptRun
from crm_contacts.timeline.models import TimelineDeal, TimelineEntry
from crm_shared.actor import Access
from crm_shared.db import aliases
from crm_shared.db.scope import visible


@dataclass(frozen=True, slots=True)
class Subject:
    """The record that a script is about, and where it stands."""

    noun: str
    id: UUID
    status: str | None
    # itself and the records merged into it: what was begun with them goes on with it
    ids: Sequence[UUID]


def all_scripts() -> Select[Script]:
    return select(Script).where(Script.deleted_at.is_(None))


async def get_script(session: AsyncSession, script_id: UUID) -> Script:
    script = (await session.scalars(all_scripts().where(Script.id == script_id))).one_or_none()
    if script is None:
        raise ScriptNotFoundError(script_id)
    return script


async def subject_of(session: AsyncSession, access: Access, noun: str, record_id: UUID) -> Subject:
    """Return a record within the scope; a deal as its newest event told of it."""
    if noun == "deal":
        return await _deal(session, access, record_id)
    ids: Sequence[UUID] = [record_id]
    if noun == "contact":
        record_id = await aliases.survivor_of(session, record_id)
        ids = (await aliases.groups(session, [record_id]))[record_id]
    model, status = (Lead, Lead.status) if noun == "lead" else (Contact, Contact.lifecycle_stage)
    found = select(status).where(
        model.id == record_id,
        model.deleted_at.is_(None),
        visible(access, model.owner_id, model.team_id),
    )
    row = (await session.execute(found)).one_or_none()
    if row is None:
        raise RecordNotFoundError(record_id)
    return Subject(noun, record_id, row[0], ids)


async def _deal(session: AsyncSession, access: Access, deal_id: UUID) -> Subject:
    known = select(TimelineDeal.id).where(
        TimelineDeal.id == deal_id, visible(access, TimelineDeal.owner_id, TimelineDeal.team_id)
    )
    if await session.scalar(known) is None:
        raise RecordNotFoundError(deal_id)
    newest = (
        select(TimelineEntry.details["stage_id"].astext)
        .where(
            TimelineEntry.anchor_id == deal_id,
            TimelineEntry.noun == "deal",
            TimelineEntry.details["stage_id"].astext.is_not(None),
        )
        .order_by(TimelineEntry.revision.desc())
        .limit(1)
    )
    return Subject("deal", deal_id, await session.scalar(newest), [deal_id])


async def fitting_script(session: AsyncSession, subject: Subject) -> Script | None:
    """Return the script for this status, else one for every status; by priority."""
    found = (
        all_scripts()
        .where(
            Script.is_active,
            Script.noun == subject.noun,
            or_(Script.status.is_(None), Script.status == subject.status),
        )
        .order_by(Script.status.is_(None), Script.priority, Script.id)
        .limit(1)
    )
    return (await session.scalars(found)).one_or_none()


async def find_run(
    session: AsyncSession, script_id: UUID, subject: Subject, *, hold: bool = False
) -> ScriptRun | None:
    """Return how far a record is in a script; of several that were merged its own counts."""
    found = (
        select(ScriptRun)
        .where(ScriptRun.script_id == script_id, ScriptRun.record_id.in_(subject.ids))
        .order_by(ScriptRun.record_id != subject.id, ScriptRun.id)
        .limit(1)
    )
    if hold:
        # two who take a step at once take two steps, and not one of them twice
        found = found.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(found)).one_or_none()


async def count_runs(session: AsyncSession, script_id: UUID) -> tuple[int, int]:
    """Return how many records began a script, and how many came to its end."""
    found = select(func.count(), func.count(ScriptRun.finished_at)).where(
        ScriptRun.script_id == script_id
    )
    begun, finished = (await session.execute(found)).one()
    return begun, finished


async def count_steps(
    session: AsyncSession, script_id: UUID
) -> Sequence[Row[int, str, str | None, int]]:
    """Count each step and answer of each version."""
    told = (CompletedStep.script_version, CompletedStep.step, CompletedStep.answer)
    found = select(*told, func.count().label("completed")).where(
        CompletedStep.script_id == script_id
    )
    return (await session.execute(found.group_by(*told).order_by(*told))).all()


async def last_number(session: AsyncSession, run_id: UUID) -> int:
    """Return how many steps of a run have been completed."""
    found = select(func.count()).where(CompletedStep.run_id == run_id)
    return await session.scalar(found) or 0
