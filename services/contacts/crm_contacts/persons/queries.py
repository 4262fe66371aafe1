"""Every SELECT about what is kept of a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import ARRAY, ColumnElement, Table, Text, Uuid, and_, any_, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.models import Activity
from crm_contacts.call_lists.models import CallAttempt, CallListEntry
from crm_contacts.calls.models import Call
from crm_contacts.cases.models import Case, CaseComment, Feedback
from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.contacts.models import Contact
from crm_contacts.folding.rules import fold
from crm_contacts.leads.errors import LeadNotFoundError
from crm_contacts.leads.models import Lead
from crm_contacts.notes.models import Note
from crm_contacts.segments.models import SegmentMember
from crm_contacts.surveys.models import SurveyInvitation
from crm_contacts.tasks.models import Task
from crm_contacts.timeline.models import TimelineEntry
from crm_contacts.versions.models import Version
from crm_shared.actor import Access
from crm_shared.db import aliases
from crm_shared.db.infrastructure import ERASED
from crm_shared.db.scope import visible

NAMES = ("first_name", "middle_name", "last_name", "company_name")


@dataclass(frozen=True)
class Person:
    """Every row that is one person: his contact with those merged into it, and his leads.

    The first contact is the one in which he lives on; `numbers` are those he ever had.
    """

    contact_ids: Sequence[UUID]
    lead_ids: Sequence[UUID]
    numbers: Sequence[str] = ()


def table_of(model: Any) -> Table:
    table: Table = model.__table__
    return table


async def get_person_contact(session: AsyncSession, access: Access, contact_id: UUID) -> Contact:
    """Return the contact in which a person lives on, within the scope, one put away too."""
    mine = visible(access, Contact.owner_id, Contact.team_id)
    # whoever holds the id of a merged record means the whole person
    survivor_id = await aliases.survivor_of(session, contact_id)
    found = select(Contact).where(Contact.id == survivor_id, mine)
    contact = (await session.scalars(found)).one_or_none()
    if contact is None:
        raise ContactNotFoundError(contact_id)
    return contact


async def get_person_lead(session: AsyncSession, access: Access, lead_id: UUID) -> Lead:
    """Return a lead within the scope, one put away too."""
    found = select(Lead).where(Lead.id == lead_id, visible(access, Lead.owner_id, Lead.team_id))
    lead = (await session.scalars(found)).one_or_none()
    if lead is None:
        raise LeadNotFoundError(lead_id)
    return lead


async def person_of_contact(session: AsyncSession, contact_id: UUID) -> Person:
    """Return all rows of the person that a contact is, or lives on in."""
    survivor_id = await aliases.survivor_of(session, contact_id)
    one = (await aliases.groups(session, {survivor_id}))[survivor_id]
    ids = sorted(one, key=lambda each: (each != survivor_id, each))
    found = select(Lead.id).where(Lead.contact_id.in_(ids)).order_by(Lead.id)
    leads = list(await session.scalars(found))
    return Person(ids, leads, await _numbers(session, [*ids, *leads]))


async def _numbers(session: AsyncSession, row_ids: Sequence[UUID]) -> list[str]:
    """Return the numbers that contacts and leads have and had."""
    numbers: set[str] = set()
    for model in (Contact, Lead):
        for keys in await session.scalars(select(model.phone_keys).where(model.id.in_(row_ids))):
            numbers |= set(keys)
    former = select(Version.data["phones"]).where(Version.row_id.in_(row_ids))
    for phones in await session.scalars(former):
        numbers |= {phone["value"] for phone in phones or []}
    return sorted(numbers)


async def contacts_of(session: AsyncSession, person: Person) -> list[Contact]:
    """Return the contacts of a person as rows to be changed."""
    found = select(Contact).where(Contact.id.in_(person.contact_ids)).order_by(Contact.id)
    return list(await session.scalars(found))


async def leads_of(session: AsyncSession, person: Person) -> list[Lead]:
    """Return the leads of a person as rows to be changed."""
    found = select(Lead).where(Lead.id.in_(person.lead_ids)).order_by(Lead.id)
    return list(await session.scalars(found))


async def names_of(session: AsyncSession, person: Person) -> list[str]:
    """Return what the search may have learnt a person's names from, former names too."""
    texts = [contact.search_text for contact in await contacts_of(session, person)]
    texts += [lead.search_text for lead in await leads_of(session, person)]
    cases = select(Case.search_text).where(Case.contact_id.in_(person.contact_ids))
    texts += list(await session.scalars(cases))
    row_ids = [*person.contact_ids, *person.lead_ids]
    former = await session.scalars(select(Version.data).where(Version.row_id.in_(row_ids)))
    told = [data.get(name) for data in former for name in NAMES]
    return texts + [fold(one) for one in told if one]


async def brought_back(
    session: AsyncSession, model: type[Contact] | type[Lead], limit: int
) -> list[UUID]:
    """Return rows that were erased once and are not: an older copy was restored."""
    found = (
        select(model.id)
        .join(ERASED, ERASED.c.id == model.id)
        .where(model.erased_at.is_(None))
        .order_by(model.id)
        .limit(limit)
    )
    return list(await session.scalars(found))


async def person_of_lead(session: AsyncSession, lead_id: UUID) -> Person:
    """Return the person of a lead that never became a client."""
    return Person([], [lead_id], await _numbers(session, [lead_id]))


def among(column: Any, ids: Sequence[UUID]) -> ColumnElement[bool]:
    """Return the condition that a column is one of these, in one argument however many."""
    is_one: ColumnElement[bool] = column == any_(literal(list(ids), ARRAY(Uuid())))
    return is_one


def hanging_on(person: Person) -> dict[str, tuple[Table, ColumnElement[bool]]]:
    """Return the tables that hold something about a person, and which rows of them."""
    ids, leads = person.contact_ids, person.lead_ids
    activities = or_(
        Activity.contact_id.in_(ids),
        # who only took part in a meeting is spoken of in it, too
        Activity.contact_ids.bool_op("&&")(literal(list(ids), ARRAY(Uuid()))),
        Activity.lead_id.in_(leads),
    )
    cases = select(Case.id).where(Case.contact_id.in_(ids))
    # he rang before anybody knew him: such a call names nobody, but has his number and his voice
    unknown = and_(
        Call.contact_id.is_(None),
        Call.company_id.is_(None),
        Call.lead_id.is_(None),
        Call.client_number == any_(literal(list(person.numbers), ARRAY(Text()))),
    )
    calls = or_(Call.contact_id.in_(ids), Call.lead_id.in_(leads), unknown)
    return {
        "contacts": (table_of(Contact), Contact.id.in_(ids)),
        "leads": (table_of(Lead), Lead.id.in_(leads)),
        "notes": (table_of(Note), Note.contact_id.in_(ids)),
        "tasks": (table_of(Task), or_(Task.contact_id.in_(ids), Task.lead_id.in_(leads))),
        "activities": (table_of(Activity), activities),
        "calls": (table_of(Call), calls),
        "cases": (table_of(Case), Case.contact_id.in_(ids)),
        "case_comments": (table_of(CaseComment), CaseComment.case_id.in_(cases)),
        "survey_invitations": (
            table_of(SurveyInvitation),
            SurveyInvitation.contact_id.in_(ids),
        ),
        "feedback": (table_of(Feedback), Feedback.contact_id.in_(ids)),
        "segment_members": (table_of(SegmentMember), SegmentMember.member_id.in_(ids)),
        "call_list_entries": (
            table_of(CallListEntry),
            or_(CallListEntry.contact_id.in_(ids), CallListEntry.lead_id.in_(leads)),
        ),
        "call_attempts": (
            table_of(CallAttempt),
            or_(CallAttempt.contact_id.in_(ids), CallAttempt.lead_id.in_(leads)),
        ),
    }


async def rows_of(session: AsyncSession, person: Person) -> dict[str, list[dict[str, Any]]]:
    """Return everything that is kept of a person, by noun, every column of every row."""
    kept: dict[str, list[dict[str, Any]]] = {}
    for noun, (table, rows) in hanging_on(person).items():
        kept[noun] = await _plain(session, select(table).where(rows).order_by(table.c.id))
    row_ids = [row["id"] for rows in kept.values() for row in rows]
    versions, timeline = table_of(Version), table_of(TimelineEntry)
    kept["versions"] = await _plain(
        session, select(versions).where(among(versions.c.row_id, row_ids))
    )
    kept["timeline"] = await _plain(
        session, select(timeline).where(timeline.c.anchor_id.in_(person.contact_ids))
    )
    return kept


async def _plain(session: AsyncSession, found: Any) -> list[dict[str, Any]]:
    rows = (await session.execute(found)).mappings()
    return [to_jsonable_python(dict(row)) for row in rows]
