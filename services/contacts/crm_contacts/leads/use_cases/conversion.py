"""A lead becomes a client and a deal."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.companies.queries import get_company
from crm_contacts.companies.use_cases import create_company
from crm_contacts.contacts.models import Contact
from crm_contacts.contacts.queries import get_contact
from crm_contacts.contacts.use_cases import create_contact, update_contact
from crm_contacts.customs.catalogue import BOOK
from crm_contacts.events import LeadConverted
from crm_contacts.leads.errors import LeadClosedError, MomentOutOfRangeError
from crm_contacts.leads.models import Lead
from crm_contacts.leads.use_cases.announcements import said
from crm_contacts.leads.use_cases.writing import Terms
from crm_contacts.versions.use_cases import announce
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.ids import new_id


@dataclass(frozen=True, slots=True)
class ConvertOrder:
    """What the lead is to become; what is not named is made of the lead itself."""

    contact_id: UUID | None = None
    company_id: UUID | None = None
    pipeline_id: UUID | None = None
    title: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    converted_at: datetime | None = None


async def convert_lead(
    session: AsyncSession, access: Access, lead: Lead, order: ConvertOrder, *, terms: Terms
) -> Lead:
    """Make or link contact and company, choose the deal's id and announce all of it."""
    # before anything is made of it: a second click must not leave a second contact behind
    if not lead.is_open:
        raise LeadClosedError(lead.id, lead.status)
    at, now = order.converted_at, utc_now()
    if at is not None and not lead.created_at <= at <= now:
        raise MomentOutOfRangeError("converted_at")
    linked = None
    if order.contact_id is not None:
        linked = await get_contact(session, access, order.contact_id)
        if lead.do_not_call and linked.restricted_at is None:
            await update_contact(
                session, access, linked, {"do_not_call": True}, region=terms.region
            )
    company_id = await _company(session, access, lead, order, linked, terms=terms)
    contact_id = linked.id if linked is not None else None
    if linked is None and _is_a_person(lead):
        contact_id = (
            await create_contact(
                session,
                access,
                _contact_values(lead, company_id) | await _carried(session, lead, "contact"),
                region=terms.region,
                demanding=False,
            )
        ).id
    # contacts chooses the deal's id, so that the answer names it before deals has heard of it
    lead.convert(at=at or now, deal_id=new_id(), contact_id=contact_id, company_id=company_id)
    lead.deal_title = order.title or lead.name
    await announce(session, lead, _converted(lead, order), at=at)
    return lead


def _converted(lead: Lead, order: ConvertOrder) -> LeadConverted:
    return said(
        LeadConverted,
        lead,
        deal_id=lead.deal_id,
        contact_id=lead.contact_id,
        company_id=lead.company_id,
        pipeline_id=order.pipeline_id,
        amount=order.amount,
        currency=order.currency,
        owner_id=lead.owner_id,
        team_id=lead.team_id,
        source=lead.source,
        channel=lead.channel,
    )


async def _company(
    session: AsyncSession,
    access: Access,
    lead: Lead,
    order: ConvertOrder,
    linked: Contact | None,
    *,
    terms: Terms,
) -> UUID | None:
    if order.company_id is not None:
        # read, not trusted: one may link only what one sees, and a merged company is its survivor
        return (await get_company(session, access, order.company_id)).id
    if linked is not None and linked.company_id is not None:
        return linked.company_id
    # without a name there is no company: a person buys for himself
    if not lead.company_name:
        return None
    values = {"name": lead.company_name, **_belonging(lead), "source": lead.source}
    # a person's numbers are his own: his company is not reached by them
    if not _is_a_person(lead):
        values |= {name: getattr(lead, name) for name in ("emails", "phones", "do_not_call")}
    values |= await _carried(session, lead, "company")
    made = await create_company(session, access, values, region=terms.region, demanding=False)
    return made.id


def _is_a_person(lead: Lead) -> bool:
    """Tell whether a contact can be made of it: an organisation alone is a company only."""
    if lead.first_name or lead.last_name:
        return True
    # nameless and without a company: a number or address is somebody's
    return not lead.company_name


def _contact_values(lead: Lead, company_id: UUID | None) -> dict[str, Any]:
    names = ("first_name", "last_name", "job_title", "emails", "phones", "source", "channel")
    values = {name: getattr(lead, name) for name in (*names, "utm", "language", "do_not_call")}
    # the link proves the address: consent to letters, and to nothing else
    if lead.confirmed_at is not None:
        consent = {
            "channel": "email",
            "purpose": "marketing",
            "granted": True,
            "at": lead.confirmed_at.isoformat(),
            "source": "double opt-in",
        }
        values["consents"] = [consent]
    return {**values, **_belonging(lead), "company_id": company_id}


async def _carried(session: AsyncSession, lead: Lead, noun: str) -> dict[str, Any]:
    """Return the custom fields that what becomes of the lead has as well, tags with them."""
    return {
        "custom_fields": await BOOK.carried(session, lead.all_fields, "lead", noun),
        "tags": list(lead.tags),
    }


def _belonging(lead: Lead) -> dict[str, Any]:
    return {"owner_id": lead.owner_id, "team_id": lead.team_id}
