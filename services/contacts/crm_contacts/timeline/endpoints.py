"""Routes of the timeline."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from crm_contacts.companies.errors import CompanyNotFoundError
from crm_contacts.companies.queries import get_company
from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.contacts.queries import get_contact
from crm_contacts.leads.errors import LeadNotFoundError
from crm_contacts.leads.queries import get_lead
from crm_contacts.permissions import READ_LEADS, READ_TIMELINE
from crm_contacts.timeline import queries, use_cases
from crm_contacts.timeline.errors import NoSuchDealError
from crm_contacts.timeline.fields import FIELDS, SORT
from crm_contacts.timeline.schemas import TimelineEntryOut
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.pagination import ListQuery, Page, Rows, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep

router = service_router(prefix="/v1", tags=["timeline"])
LISTING = listing(FIELDS, sort=SORT, default="-at")
Reader = Annotated[Access, require(READ_TIMELINE)]
LeadReader = Annotated[Access, require(READ_LEADS)]


@router.get(
    "/contacts/{contact_id}/timeline",
    response_model=Page[TimelineEntryOut],
    responses=responses(ContactNotFoundError),
)
async def contact_timeline(
    contact_id: UUID,
    access: Reader,
    session: ReadSessionDep,
    query: Annotated[ListQuery, Depends(LISTING)],
) -> Rows[TimelineEntryOut]:
    """List what happened with a contact, the newest first."""
    contact = await get_contact(session, access, contact_id)
    entries = await queries.entries_of_client(session, access, contact.id)
    return await use_cases.read_timeline(session, entries, query)


@router.get(
    "/companies/{company_id}/timeline",
    response_model=Page[TimelineEntryOut],
    responses=responses(CompanyNotFoundError),
)
async def company_timeline(
    company_id: UUID,
    access: Reader,
    session: ReadSessionDep,
    query: Annotated[ListQuery, Depends(LISTING)],
) -> Rows[TimelineEntryOut]:
    """List what happened with a company, the newest first."""
    company = await get_company(session, access, company_id)
    entries = await queries.entries_of_client(session, access, company.id)
    return await use_cases.read_timeline(session, entries, query)


@router.get(
    "/leads/{lead_id}/timeline",
    response_model=Page[TimelineEntryOut],
    responses=responses(LeadNotFoundError),
)
async def lead_timeline(
    lead_id: UUID,
    access: Reader,
    lead_access: LeadReader,
    session: ReadSessionDep,
    query: Annotated[ListQuery, Depends(LISTING)],
) -> Rows[TimelineEntryOut]:
    """List what happened with a lead, the newest first; what came after at what it became."""
    lead = await get_lead(session, lead_access, lead_id)
    entries = await queries.entries_of_client(session, access, lead.id)
    return await use_cases.read_timeline(session, entries, query)


@router.get(
    "/timeline", response_model=Page[TimelineEntryOut], responses=responses(NoSuchDealError)
)
async def deal_timeline(
    deal_id: Annotated[UUID, Query(description="a deal")],
    access: Reader,
    session: ReadSessionDep,
    query: Annotated[ListQuery, Depends(LISTING)],
) -> Rows[TimelineEntryOut]:
    """List what happened with a deal, the newest first."""
    await queries.must_see_deal(session, access, deal_id)
    return await use_cases.read_timeline(session, queries.entries_of_deal(deal_id), query)
