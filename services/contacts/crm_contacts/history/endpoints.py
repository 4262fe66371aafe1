"""Routes of histories, the same for contacts and companies."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from crm_contacts.companies.errors import CompanyNotFoundError
from crm_contacts.companies.queries import get_company
from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.contacts.queries import get_contact
from crm_contacts.history import use_cases
from crm_contacts.history.schemas import HistoryOut, OwnersOut, StatusOut
from crm_contacts.permissions import READ_COMPANIES, READ_CONTACTS
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep

router: APIRouter = service_router(prefix="/v1")
ContactReader = Annotated[Access, require(READ_CONTACTS)]
CompanyReader = Annotated[Access, require(READ_COMPANIES)]
Before = Annotated[
    int | None, Query(ge=1, le=2_000_000_000, description="Only older revisions than this")
]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get(
    "/contacts/{contact_id}/history",
    response_model=HistoryOut,
    tags=["contacts"],
    responses=responses(ContactNotFoundError),
)
async def get_contact_history(
    contact_id: UUID,
    access: ContactReader,
    session: ReadSessionDep,
    before_revision: Before = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Return every change of a contact: when, by whom, what; of a merged one, its own."""
    await get_contact(session, access, contact_id)
    return await use_cases.read_history(
        session, "contact", contact_id, before=before_revision, limit=limit
    )


@router.get(
    "/contacts/{contact_id}/owners",
    response_model=OwnersOut,
    tags=["contacts"],
    responses=responses(ContactNotFoundError),
)
async def get_contact_owners(
    contact_id: UUID, access: ContactReader, session: ReadSessionDep
) -> dict[str, Any]:
    """Return whose a contact was and since when, the present owner first."""
    await get_contact(session, access, contact_id)
    return await use_cases.read_owners(session, contact_id)


@router.get(
    "/contacts/{contact_id}/status",
    response_model=StatusOut,
    tags=["contacts"],
    responses=responses(ContactNotFoundError),
)
async def get_contact_status(
    contact_id: UUID, access: ContactReader, session: ReadSessionDep
) -> dict[str, Any]:
    """Return the status (`lifecycle_stage`) of a contact, how it came to it, and the next step."""
    contact = await get_contact(session, access, contact_id)
    return await use_cases.read_status(session, contact.id, "contact_id")


@router.get(
    "/companies/{company_id}/history",
    response_model=HistoryOut,
    tags=["companies"],
    responses=responses(CompanyNotFoundError),
)
async def get_company_history(
    company_id: UUID,
    access: CompanyReader,
    session: ReadSessionDep,
    before_revision: Before = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Return every change of a company: when, by whom, what; of a merged one, its own."""
    await get_company(session, access, company_id)
    return await use_cases.read_history(
        session, "company", company_id, before=before_revision, limit=limit
    )


@router.get(
    "/companies/{company_id}/owners",
    response_model=OwnersOut,
    tags=["companies"],
    responses=responses(CompanyNotFoundError),
)
async def get_company_owners(
    company_id: UUID, access: CompanyReader, session: ReadSessionDep
) -> dict[str, Any]:
    """Return whose a company was and since when, the present owner first."""
    await get_company(session, access, company_id)
    return await use_cases.read_owners(session, company_id)


@router.get(
    "/companies/{company_id}/status",
    response_model=StatusOut,
    tags=["companies"],
    responses=responses(CompanyNotFoundError),
)
async def get_company_status(
    company_id: UUID, access: CompanyReader, session: ReadSessionDep
) -> dict[str, Any]:
    """Return the status (`lifecycle_stage`) of a company, how it came to it, and the next step."""
    company = await get_company(session, access, company_id)
    return await use_cases.read_status(session, company.id, "company_id")
