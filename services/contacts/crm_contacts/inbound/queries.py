"""Every SELECT of what comes in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Text, cast, select, text
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.inbound.models import Settlement
from crm_contacts.inbound.rules import Whose
from crm_contacts.leads.models import OPEN, Lead

NOBODY = Whose()
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 13))")


async def find_settlement(session: AsyncSession, arrival_id: UUID) -> Settlement | None:
    # held: a redelivery while the first is at work waits and then finds it settled
    return await session.get(Settlement, arrival_id, with_for_update=True)


async def hold_name(session: AsyncSession, system: str | None, external_id: str | None) -> None:
    """Let nobody else make what another system calls so until the transaction ends."""
    await session.execute(_ONE_AT_A_TIME, {"name": f"{system}|{external_id}"})


async def is_overtaken(
    session: AsyncSession, system: str | None, external_id: str | None, came_at: datetime
) -> bool:
    """Tell whether something that came later of the same record was made already."""
    # what was refused later says nothing of the record: only what was written overtakes
    later = select(Settlement.id).where(
        Settlement.source_system == system,
        Settlement.external_id == external_id,
        Settlement.came_at > came_at,
        Settlement.outcome.in_(("made", "changed")),
    )
    return (await session.scalar(later.limit(1))) is not None


async def whose(session: AsyncSession, *, email: str | None, phone: str | None) -> Whose:
    """Return whom an address or a number belongs to: a person, else a company, else an open lead.

    Of several the oldest.
    """
    # an address is one person's, a number may be a household's: it is asked second
    for value, name in ((email, "email_keys"), (phone, "phone_keys")):
        if value is None:
            continue
        for find in (_contact, _company, _lead):
            row = (await session.execute(find(name, value))).one_or_none()
            if row is not None:
                return Whose(**row._mapping)
    return NOBODY


def _contact(keys: str, value: str) -> Select[*tuple[Any, ...]]:
    found = select(
        Contact.id.label("contact_id"), Contact.company_id, Contact.owner_id, Contact.team_id
    )
    return (
        _with(found, getattr(Contact, keys), value)
        .where(Contact.deleted_at.is_(None))
        .order_by(Contact.created_at, Contact.id)
    )


def _company(keys: str, value: str) -> Select[*tuple[Any, ...]]:
    found = select(Company.id.label("company_id"), Company.owner_id, Company.team_id)
    return (
        _with(found, getattr(Company, keys), value)
        .where(Company.deleted_at.is_(None))
        .order_by(Company.created_at, Company.id)
    )


def _lead(keys: str, value: str) -> Select[*tuple[Any, ...]]:
    found = select(Lead.id.label("lead_id"), Lead.owner_id, Lead.team_id)
    # a lead that was settled is nobody's to answer any more
    is_open = Lead.status.in_([status.value for status in OPEN])
    return (
        _with(found, getattr(Lead, keys), value)
        .where(Lead.deleted_at.is_(None), is_open)
        .order_by(Lead.created_at, Lead.id)
    )


def _with(
    found: Select[*tuple[Any, ...]], keys: InstrumentedAttribute[list[str]], value: str
) -> Select[*tuple[Any, ...]]:
    return found.where(keys.op("@>")(cast(array([value]), ARRAY(Text)))).limit(1)


async def whose_lead(session: AsyncSession, lead_id: UUID) -> Whose:
    """Return whose a lead is."""
    lead = await session.get_one(Lead, lead_id)
    return Whose(lead_id=lead.id, owner_id=lead.owner_id, team_id=lead.team_id)


async def owner_of(session: AsyncSession, contact_id: UUID) -> Whose:
    """Return who looks after a contact."""
    contact = await session.get(Contact, contact_id)
    if contact is None:
        return NOBODY  # a colleague's chat, or somebody who was erased
    return Whose(contact.id, contact.company_id, None, contact.owner_id, contact.team_id)
