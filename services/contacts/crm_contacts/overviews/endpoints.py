"""Routes of overviews: one answer where a card would ask ten lists."""

from typing import Annotated, Any
from uuid import UUID

from crm_contacts.companies.errors import CompanyNotFoundError
from crm_contacts.companies.queries import get_company
from crm_contacts.companies.schemas import CompanyOut
from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.contacts.queries import get_contact
from crm_contacts.contacts.schemas import ContactOut
from crm_contacts.overviews import use_cases
from crm_contacts.overviews.schemas import ClientOverviewOut, UserOverviewOut
from crm_contacts.permissions import READ_COMPANIES, READ_CONTACTS, READ_USERS
from crm_contacts.users.errors import UserNotFoundError
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep

router = service_router(prefix="/v1", tags=["overviews"])


@router.get(
    "/contacts/{contact_id}/overview",
    response_model=ClientOverviewOut[ContactOut],
    responses=responses(ContactNotFoundError),
)
async def get_contact_overview(
    contact_id: UUID, access: Annotated[Access, require(READ_CONTACTS)], session: ReadSessionDep
) -> dict[str, Any]:
    """Return a contact with what is open about him and what happened last."""
    contact = await get_contact(session, access, contact_id)
    return await use_cases.client_overview(session, access.actor, contact, "contact_id")


@router.get(
    "/companies/{company_id}/overview",
    response_model=ClientOverviewOut[CompanyOut],
    responses=responses(CompanyNotFoundError),
)
async def get_company_overview(
    company_id: UUID, access: Annotated[Access, require(READ_COMPANIES)], session: ReadSessionDep
) -> dict[str, Any]:
    """Return a company with what is open about it and what happened last."""
    company = await get_company(session, access, company_id)
    return await use_cases.client_overview(session, access.actor, company, "company_id")


@router.get(
    "/users/{user_id}/overview",
    response_model=UserOverviewOut,
    responses=responses(UserNotFoundError),
)
async def get_user_overview(
    user_id: UUID, access: Annotated[Access, require(READ_USERS)], session: ReadSessionDep
) -> dict[str, Any]:
    """Return what a manager has and has to do, as far as the caller may see it."""
    return await use_cases.user_overview(session, access.actor, user_id)
