"""Every SELECT about what is to be done next."""

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.models import Activity, ActivityStatus
from crm_contacts.calls.rules import CALL_BACK_KIND
from crm_contacts.leads.models import Lead, LeadStatus
from crm_contacts.scripts.queries import Subject
from crm_contacts.tasks.models import Task, TaskStatus


def _about(model: type[Activity] | type[Task], subject: Subject) -> ColumnElement[bool]:
    if subject.noun == "deal":
        return model.deal_id == subject.id
    if subject.noun == "contact":
        return model.contact_id.in_(subject.ids)
    return model.lead_id == subject.id


async def broken_promise(session: AsyncSession, subject: Subject, now: datetime) -> Activity | None:
    """Return the promise that has waited longest past its agreed time, told or not yet."""
    # missed is not settled: a promise that was broken is still owed
    open_ones = or_(
        Activity.status == ActivityStatus.PLANNED, Activity.status == ActivityStatus.MISSED
    )
    found = select(Activity).where(
        _about(Activity, subject),
        Activity.is_promise,
        open_ones,
        Activity.agreed_at < now,
        Activity.deleted_at.is_(None),
    )
    return (await session.scalars(found.order_by(Activity.agreed_at).limit(1))).one_or_none()


async def unanswered_lead(session: AsyncSession, subject: Subject) -> Lead | None:
    """Return the lead itself, or the person's own, that nobody has answered."""
    # a client who came as a lead that nobody answered waits as long as the lead did
    is_lead = subject.noun == "lead"
    whose = Lead.id == subject.id if is_lead else Lead.contact_id.in_(subject.ids)
    found = select(Lead).where(whose, Lead.status == LeadStatus.NEW, Lead.deleted_at.is_(None))
    if subject.noun == "deal":
        return None
    return (await session.scalars(found.order_by(Lead.respond_by).limit(1))).one_or_none()


async def open_task(
    session: AsyncSession, subject: Subject, *, calls_back: bool = False
) -> Task | None:
    """Return the open task that is due first; with `calls_back`, of a call that was missed."""
    found = select(Task).where(
        _about(Task, subject), Task.status == TaskStatus.OPEN, Task.deleted_at.is_(None)
    )
    if calls_back:
        found = found.where(Task.kind == CALL_BACK_KIND)
    # without a day it is wanted some time: anything with one goes before
    first = found.order_by(Task.due_at.nulls_last(), Task.id).limit(1)
    return (await session.scalars(first)).one_or_none()


async def planned_activity(session: AsyncSession, subject: Subject) -> Activity | None:
    """Return the planned activity that is due first."""
    found = select(Activity).where(
        _about(Activity, subject),
        Activity.status == ActivityStatus.PLANNED,
        Activity.deleted_at.is_(None),
    )
    first = found.order_by(Activity.due_at.nulls_last(), Activity.id).limit(1)
    return (await session.scalars(first)).one_or_none()
