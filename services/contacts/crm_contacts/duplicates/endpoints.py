"""Routes of duplicates, the same for contacts, companies and leads."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from crm_contacts.companies.errors import CompanyNotFoundError
from crm_contacts.companies.queries import get_company
from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.contacts.queries import get_contact
from crm_contacts.duplicates import queries, use_cases
from crm_contacts.duplicates.catalogue import COMPANY, CONTACT, LEAD
from crm_contacts.duplicates.errors import PairNotFoundError
from crm_contacts.duplicates.fields import FIELDS, SORT
from crm_contacts.duplicates.models import DuplicatePair
from crm_contacts.duplicates.schemas import LikenessesOut, PairOut
from crm_contacts.permissions import (
    READ_COMPANIES,
    READ_CONTACTS,
    READ_LEADS,
    WRITE_COMPANIES,
    WRITE_CONTACTS,
    WRITE_LEADS,
)
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router: APIRouter = service_router(prefix="/v1")
LISTING = listing(FIELDS, sort=SORT, default="-score")
Query = Annotated[ListQuery, Depends(LISTING)]
ContactReader = Annotated[Access, require(READ_CONTACTS)]
ContactWriter = Annotated[Access, require(WRITE_CONTACTS)]
CompanyReader = Annotated[Access, require(READ_COMPANIES)]
CompanyWriter = Annotated[Access, require(WRITE_COMPANIES)]
LeadReader = Annotated[Access, require(READ_LEADS)]
LeadWriter = Annotated[Access, require(WRITE_LEADS)]


@router.get("/contacts/duplicates", response_model=Page[PairOut], tags=["contacts"])
async def list_contact_duplicate_pairs(
    access: ContactReader, session: ReadSessionDep, query: Query
) -> Rows[DuplicatePair]:
    """List pairs of contacts that look alike, both within scope; `state=open`: undecided."""
    return await list_page(session, queries.visible_pairs(CONTACT, access), query)


@router.post(
    "/contacts/duplicates/{pair_id}/dismiss",
    response_model=PairOut,
    tags=["contacts"],
    responses=responses(PairNotFoundError),
)
async def dismiss_contact_duplicate(
    pair_id: UUID, access: ContactWriter, session: SessionDep
) -> DuplicatePair:
    """Say for good that two contacts are not the same."""
    pair = await queries.get_pair(session, CONTACT, access, pair_id)
    return await use_cases.dismiss(session, pair)


@router.post(
    "/contacts/duplicates/{pair_id}/reopen",
    response_model=PairOut,
    tags=["contacts"],
    responses=responses(PairNotFoundError),
)
async def reopen_contact_duplicate(
    pair_id: UUID, access: ContactWriter, session: SessionDep
) -> DuplicatePair:
    """Take back that two contacts are not the same."""
    pair = await queries.get_pair(session, CONTACT, access, pair_id)
    return await use_cases.reopen(session, pair)


@router.get(
    "/contacts/{contact_id}/duplicates",
    response_model=LikenessesOut,
    tags=["contacts"],
    responses=responses(ContactNotFoundError),
)
async def get_contact_duplicates(
    contact_id: UUID, access: ContactReader, session: SessionDep
) -> dict[str, Any]:
    """Return who looks like a contact at this moment, within one's scope, the likest first."""
    contact = await get_contact(session, access, contact_id)
    return {"items": await use_cases.likenesses(session, access, CONTACT, contact)}


@router.get("/companies/duplicates", response_model=Page[PairOut], tags=["companies"])
async def list_company_duplicate_pairs(
    access: CompanyReader, session: ReadSessionDep, query: Query
) -> Rows[DuplicatePair]:
    """List pairs of companies that look alike, both within scope; `state=open`: undecided."""
    return await list_page(session, queries.visible_pairs(COMPANY, access), query)


@router.post(
    "/companies/duplicates/{pair_id}/dismiss",
    response_model=PairOut,
    tags=["companies"],
    responses=responses(PairNotFoundError),
)
async def dismiss_company_duplicate(
    pair_id: UUID, access: CompanyWriter, session: SessionDep
) -> DuplicatePair:
    """Say for good that two companies are not the same."""
    pair = await queries.get_pair(session, COMPANY, access, pair_id)
    return await use_cases.dismiss(session, pair)


@router.post(
    "/companies/duplicates/{pair_id}/reopen",
    response_model=PairOut,
    tags=["companies"],
    responses=responses(PairNotFoundError),
)
async def reopen_company_duplicate(
    pair_id: UUID, access: CompanyWriter, session: SessionDep
) -> DuplicatePair:
    """Take back that two companies are not the same."""
    pair = await queries.get_pair(session, COMPANY, access, pair_id)
    return await use_cases.reopen(session, pair)


@router.get(
    "/companies/{company_id}/duplicates",
    response_model=LikenessesOut,
    tags=["companies"],
    responses=responses(CompanyNotFoundError),
)
async def get_company_duplicates(
    company_id: UUID, access: CompanyReader, session: SessionDep
) -> dict[str, Any]:
    """Return who looks like a company at this moment, within one's scope, the likest first."""
    company = await get_company(session, access, company_id)
    return {"items": await use_cases.likenesses(session, access, COMPANY, company)}


@router.get("/leads/duplicates", response_model=Page[PairOut], tags=["leads"])
async def list_lead_duplicate_pairs(
    access: LeadReader, session: ReadSessionDep, query: Query
) -> Rows[DuplicatePair]:
    """List pairs of leads that look alike, both within scope; `state=open`: undecided."""
    return await list_page(session, queries.visible_pairs(LEAD, access), query)


@router.post(
    "/leads/duplicates/{pair_id}/dismiss",
    response_model=PairOut,
    tags=["leads"],
    responses=responses(PairNotFoundError),
)
async def dismiss_lead_duplicate(
    pair_id: UUID, access: LeadWriter, session: SessionDep
) -> DuplicatePair:
    """Say for good that two leads are not the same."""
    pair = await queries.get_pair(session, LEAD, access, pair_id)
    return await use_cases.dismiss(session, pair)


@router.post(
    "/leads/duplicates/{pair_id}/reopen",
    response_model=PairOut,
    tags=["leads"],
    responses=responses(PairNotFoundError),
)
async def reopen_lead_duplicate(
    pair_id: UUID, access: LeadWriter, session: SessionDep
) -> DuplicatePair:
    """Take back that two leads are not the same."""
    pair = await queries.get_pair(session, LEAD, access, pair_id)
    return await use_cases.reopen(session, pair)
