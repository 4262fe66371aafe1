"""Announcing what changed about many clients, leads or cases."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.cases.models import Case
from crm_contacts.cases.use_cases import announcements as cases
from crm_contacts.companies import use_cases as companies
from crm_contacts.companies.models import Company
from crm_contacts.contacts import use_cases as contacts
from crm_contacts.contacts.models import Contact
from crm_contacts.events import CaseUpdated, CompanyFacts, ContactFacts, LeadUpdated
from crm_contacts.leads.models import Lead
from crm_contacts.leads.use_cases.announcements import changes_of, said
from crm_contacts.versions.use_cases import Change, announce_many, changes_told


async def announce_contacts(session: AsyncSession, rows: Sequence[Contact]) -> int:
    """Announce each contact that changed, and tell how many did."""
    told: list[Change] = [
        (row, contacts.updated(row, changes), None)
        for row in rows
        if (changes := changes_told(row, ContactFacts))
    ]
    await announce_many(session, told)
    return len(told)


async def announce_companies(session: AsyncSession, rows: Sequence[Company]) -> int:
    """Announce each company that changed, and tell how many did."""
    told: list[Change] = [
        (row, companies.updated(row, changes), None)
        for row in rows
        if (changes := changes_told(row, CompanyFacts))
    ]
    await announce_many(session, told)
    return len(told)


async def announce_leads(session: AsyncSession, rows: Sequence[Lead]) -> int:
    """Announce each lead that changed, and tell how many did."""
    told: list[Change] = [(row, said(LeadUpdated, row), None) for row in rows if changes_of(row)[0]]
    await announce_many(session, told)
    return len(told)


async def announce_cases(session: AsyncSession, rows: Sequence[Case]) -> int:
    """Announce each case that changed, and tell how many did."""
    told: list[Change] = [
        (row, cases.said(CaseUpdated, row), None) for row in rows if cases.changes_of(row)[0]
    ]
    await announce_many(session, told)
    return len(told)
