"""Emptying everything that is kept of a person, and holding back what is done with it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.contacts.models import Contact
from crm_contacts.contacts.use_cases import facts_of
from crm_contacts.events import (
    ContactErased,
    ContactReleased,
    ContactRestricted,
    LeadErased,
    LeadFacts,
)
from crm_contacts.leads.models import Lead
from crm_contacts.persons.queries import Person, contacts_of, leads_of, names_of, table_of
from crm_contacts.persons.rules import all_of, empty_of, personal_columns
from crm_contacts.persons.statements import drop_exports, empty_versions, empty_what_hangs
from crm_contacts.search.use_cases import forget_names
from crm_contacts.versions.use_cases import announce
from crm_shared.clock import utc_now
from crm_shared.events import refs
from crm_shared.events.erasure import forget_answers, remember
from crm_shared.events.jetstream import Bus


async def erase_person(session: AsyncSession, person: Person) -> dict[str, int]:
    """Empty all rows of a person and announce it; return how many rows of each noun.

    What counts and sums are made of stays: ids, codes, dates of what happened.
    """
    now = utc_now()
    # before anything is emptied: afterwards nobody knows which words of the search were his
    names = await names_of(session, person)
    emptied = await empty_what_hangs(session, person)
    row_ids = [one for ids in emptied.values() for one in ids]
    told = {noun: len(ids) for noun, ids in emptied.items()}
    told["versions"] = await empty_versions(session, row_ids)
    # answers kept for repeated requests hold whole bodies, names and numbers with them
    told["kept_answers"] = await forget_answers(session, row_ids)
    told["exports"] = await drop_exports(session, person.contact_ids)
    for lead in await leads_of(session, person):
        _empty(lead, now)
        lead.erased_at = now
        await announce(session, lead, _lead_erased(lead))
        await remember(session, lead.id)
    for contact in await contacts_of(session, person):
        _empty(contact, now)
        # an import that brings his number back must not have him called
        contact.do_not_call, contact.erased_at = True, now
        event = ContactErased(contact=facts_of(contact), changed=["erased_at"], previous={})
        await announce(session, contact, event)
        # an older backup would bring him back: the list outlives it, and he is erased again
        await remember(session, contact.id)
    await forget_names(session, names)
    return told


async def ask_what_is_kept(
    bus: Bus, service: str, person: Person
) -> Mapping[str, list[dict[str, Any]]]:
    """Ask a service for all that it keeps of a person; raises BusUnavailableError.

    The others know him by each id that he ever had: nobody rewrites those of merged records.
    """
    ids = [*person.contact_ids, *person.lead_ids]
    told = []
    for start in range(0, len(ids), refs.MOST):
        items = await refs.ask(bus, service, "person", ids[start : start + refs.MOST])
        told += [item.data for item in items]
    return all_of(told)


async def restrict_contact(session: AsyncSession, contact: Contact) -> Contact:
    """Hold back all processing of a person's data: it is kept and not used."""
    if contact.restricted_at is None:
        contact.restricted_at = utc_now()
        event = ContactRestricted(contact=facts_of(contact), changed=["restricted_at"], previous={})
        await announce(session, contact, event)
    return contact


async def release_contact(session: AsyncSession, contact: Contact) -> Contact:
    """Let a person's data be used again."""
    if contact.restricted_at is not None:
        contact.restricted_at = None
        event = ContactReleased(contact=facts_of(contact), changed=["restricted_at"], previous={})
        await announce(session, contact, event)
    return contact


def _lead_erased(lead: Lead) -> LeadErased:
    facts = LeadFacts.model_validate(lead)
    return LeadErased(lead=facts, changed=["deleted_at"], previous={})


def _empty(row: Any, at: datetime) -> None:
    for column in personal_columns(table_of(type(row))):
        setattr(row, column.key, empty_of(column, getattr(row, column.key)))
    row.deleted_at = row.deleted_at or at
