"""What contacts tells other services of its nouns: names and addresses, on request only."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.models import Activity
from crm_contacts.call_lists.models import CallList
from crm_contacts.cases.models import Case
from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.leads.models import Lead
from crm_contacts.notes.models import Note
from crm_contacts.segments.models import Segment
from crm_contacts.segments.queries import next_contacts
from crm_contacts.tasks.models import Task
from crm_contacts.teams.models import Team
from crm_contacts.users.models import User
from crm_shared.events.refs import Loader, RefItem

RowT = TypeVar(
    "RowT", User, Team, Contact, Company, Lead, Task, Activity, Note, Case, Segment, CallList
)


def _loader(model: type[RowT], data: Callable[[RowT], dict[str, Any]]) -> Loader:
    async def load(session: AsyncSession, ids: Sequence[UUID]) -> list[RefItem]:
        rows = await session.scalars(select(model).where(model.id.in_(ids)))
        return [
            RefItem(
                id=row.id,
                revision=row.revision,
                external_id=row.external_id,
                source_system=row.source_system,
                data=data(row),
            )
            for row in rows
        ]

    return load


def _user(user: User) -> dict[str, Any]:
    return {"name": user.name, "email": user.email, "language": user.language}


def _team(team: Team) -> dict[str, Any]:
    return {"name": team.name}


# normal forms, not what was typed: they go to providers as they are
def _contact(contact: Contact) -> dict[str, Any]:
    return {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "email": next(iter(contact.email_keys), None),
        "phone": next(iter(contact.phone_keys), None),
        "language": contact.language,
        "time_zone": contact.time_zone,
        "birth_date": contact.birth_date and contact.birth_date.isoformat(),
        "do_not_call": contact.do_not_call,
        "consents": contact.consents,
        "is_restricted": contact.restricted_at is not None,
    }


def _company(company: Company) -> dict[str, Any]:
    return {"name": company.name, "sector": company.sector}


def _lead(lead: Lead) -> dict[str, Any]:
    return {
        "name": lead.name,
        "deal_title": lead.deal_title,
        "email": next(iter(lead.email_keys), None),
        "phone": next(iter(lead.phone_keys), None),
        "language": lead.language,
        "awaits_confirmation": lead.awaits_confirmation,
    }


def _task(task: Task) -> dict[str, Any]:
    return {"title": task.title}


def _activity(activity: Activity) -> dict[str, Any]:
    return {"subject": activity.subject}


# what was put away is told to nobody: whoever asks shows its id
def _note(note: Note) -> dict[str, Any]:
    return {} if note.deleted_at is not None else {"text": note.text}


def _case(case: Case) -> dict[str, Any]:
    return {"number": case.number, "subject": case.subject}


def _segment(segment: Segment) -> dict[str, Any]:
    return {} if segment.deleted_at is not None else {"name": segment.name, "noun": segment.noun}


async def _segment_members(session: AsyncSession, ids: Sequence[UUID]) -> list[RefItem]:
    """Tell who is in a segment: the next thousand contacts after the one asked with."""
    if len(ids) < 2:  # noqa: PLR2004 - the segment, and the contact
        return []
    contacts = await next_contacts(session, ids[0], ids[1])
    return [
        RefItem(
            id=one.id,
            revision=one.revision,
            external_id=one.external_id,
            source_system=one.source_system,
            data=_contact(one) | {"owner_id": one.owner_id, "team_id": one.team_id},
        )
        for one in contacts
    ]


def _call_list(call_list: CallList) -> dict[str, Any]:
    return {"name": call_list.name}


REFS: dict[str, Loader] = {
    "user": _loader(User, _user),
    "team": _loader(Team, _team),
    "contact": _loader(Contact, _contact),
    "company": _loader(Company, _company),
    "lead": _loader(Lead, _lead),
    "task": _loader(Task, _task),
    "activity": _loader(Activity, _activity),
    "note": _loader(Note, _note),
    "case": _loader(Case, _case),
    "segment": _loader(Segment, _segment),
    "segment_member": _segment_members,
    "call_list": _loader(CallList, _call_list),
}
