"""Every SELECT of overviews, each within the scope that its noun gives the caller."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.models import Activity, ActivityStatus
from crm_contacts.activities.queries import visible_activities
from crm_contacts.calls.models import Call
from crm_contacts.calls.queries import visible_calls
from crm_contacts.cases.fields import IS_LATE
from crm_contacts.cases.models import Case, Feedback
from crm_contacts.cases.queries import visible_cases, visible_feedback
from crm_contacts.cases.rules import WORKED_ON
from crm_contacts.companies.models import Company
from crm_contacts.companies.queries import visible_companies
from crm_contacts.contacts.models import Contact
from crm_contacts.contacts.queries import visible_contacts
from crm_contacts.leads.models import OPEN, Lead
from crm_contacts.leads.queries import visible_leads
from crm_contacts.notes.models import Note
from crm_contacts.notes.queries import visible_notes
from crm_contacts.tasks.models import Task, TaskStatus
from crm_contacts.tasks.queries import visible_tasks
from crm_shared.actor import Access

MOST = 10
Ids = Collection[UUID]


async def _some(session: AsyncSession, found: Select[Any], *order: Any) -> Sequence[Any]:
    return (await session.scalars(found.order_by(*order).limit(MOST))).all()


async def open_tasks(
    session: AsyncSession, access: Access, column: Any, ids: Ids
) -> Sequence[Task]:
    """Return open tasks, those first that are due first."""
    found = visible_tasks(access).where(column.in_(ids), Task.status == TaskStatus.OPEN)
    return await _some(session, found, Task.due_at.nulls_last(), Task.id)


async def planned(
    session: AsyncSession, access: Access, column: str, ids: Ids
) -> Sequence[Activity]:
    """Return planned activities, the nearest first."""
    found = visible_activities(access).where(
        getattr(Activity, column).in_(ids), Activity.status == ActivityStatus.PLANNED
    )
    return await _some(session, found, Activity.due_at.nulls_last(), Activity.id)


async def open_cases(
    session: AsyncSession, access: Access, column: str, ids: Ids
) -> Sequence[Case]:
    """Return cases that are worked on, the newest first."""
    found = visible_cases(access).where(
        getattr(Case, column).in_(ids), Case.status.in_(sorted(WORKED_ON))
    )
    return await _some(session, found, Case.created_at.desc(), Case.id.desc())


async def leads(session: AsyncSession, access: Access, column: str, ids: Ids) -> Sequence[Lead]:
    """Return the leads that a client came from, the newest first."""
    found = visible_leads(access).where(getattr(Lead, column).in_(ids))
    return await _some(session, found, Lead.created_at.desc(), Lead.id.desc())


async def notes(session: AsyncSession, access: Access, column: str, ids: Ids) -> Sequence[Note]:
    """Return notes, pinned ones first."""
    found = visible_notes(access).where(getattr(Note, column).in_(ids))
    return await _some(session, found, Note.is_pinned.desc(), Note.created_at.desc(), Note.id)


async def answers(
    session: AsyncSession, access: Access, column: str, ids: Ids
) -> Sequence[Feedback]:
    """Return how content a client said he was, the newest first."""
    found = visible_feedback(access).where(
        getattr(Feedback, column).in_(ids), Feedback.submitted_at.is_not(None)
    )
    return await _some(session, found, Feedback.submitted_at.desc(), Feedback.id)


def belongings(access: Access, noun: str, user_id: UUID, now: datetime) -> dict[str, Select[int]]:
    """Return what is counted of one noun for a user."""
    found: dict[str, Select[Any]] = {}
    if noun == "contacts":
        found["contacts"] = visible_contacts(access).where(Contact.owner_id == user_id)
    elif noun == "companies":
        found["companies"] = visible_companies(access).where(Company.owner_id == user_id)
    elif noun == "leads":
        leads_of = visible_leads(access).where(Lead.owner_id == user_id)
        found["open_leads"] = leads_of.where(Lead.status.in_(sorted(OPEN)))
    elif noun == "tasks":
        tasks_of = visible_tasks(access).where(Task.assignee_id == user_id)
        found["open_tasks"] = tasks_of.where(Task.status == TaskStatus.OPEN)
        found["overdue_tasks"] = found["open_tasks"].where(Task.due_at < now)
    elif noun == "activities":
        planned_of = visible_activities(access).where(Activity.assignee_id == user_id)
        found["planned_activities"] = planned_of.where(Activity.status == ActivityStatus.PLANNED)
    elif noun == "cases":
        cases_of = visible_cases(access).where(Case.owner_id == user_id)
        found["open_cases"] = cases_of.where(Case.status.in_(sorted(WORKED_ON)))
        found["late_cases"] = cases_of.where(IS_LATE)
    return {name: _counted(one) for name, one in found.items()}


def _counted(found: Select[Any]) -> Select[int]:
    # an order means nothing to a count, and PostgreSQL would sort for it
    return found.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)


async def counts(session: AsyncSession, wanted: dict[str, Select[int]]) -> Row[*tuple[Any, ...]]:
    """Return several counts in one round trip."""
    # a dozen counts of their own were a dozen trips for one page
    columns = [one.scalar_subquery().label(name) for name, one in wanted.items()]
    return (await session.execute(select(*columns))).one()


async def calls(
    session: AsyncSession, access: Access, user_id: UUID, since: datetime
) -> Row[*tuple[Any, ...]]:
    """Return how often somebody was on the telephone since then."""
    found = (
        visible_calls(access)
        .where(Call.user_id == user_id, Call.started_at >= since)
        .with_only_columns(
            func.count().filter(Call.direction == "inbound").label("inbound"),
            func.count().filter(Call.direction == "outbound").label("outbound"),
            func.count().filter(Call.answered.is_(True)).label("answered"),
            func.coalesce(func.sum(Call.duration_s), 0).label("talked_s"),
            maintain_column_froms=True,
        )
    )
    return (await session.execute(found)).one()
