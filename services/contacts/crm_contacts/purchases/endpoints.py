"""Routes of customers' figures, the same for contacts and companies."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from crm_contacts.companies.errors import CompanyNotFoundError
from crm_contacts.companies.queries import get_company
from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.contacts.queries import get_contact
from crm_contacts.permissions import READ_COMPANIES, READ_CONTACTS
from crm_contacts.purchases.models import CustomerFigures
from crm_contacts.purchases.queries import figures_told
from crm_contacts.purchases.schemas import FiguresPageOut
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep

router: APIRouter = service_router(prefix="/v1")
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get(
    "/contacts/{contact_id}/figures",
    response_model=FiguresPageOut,
    tags=["contacts"],
    responses=responses(ContactNotFoundError),
)
async def get_contact_figures(
    contact_id: UUID,
    access: Annotated[Access, require(READ_CONTACTS)],
    session: ReadSessionDep,
    limit: Limit = 50,
) -> dict[str, Sequence[CustomerFigures]]:
    """Return a person's figures as a customer and how they changed, the newest first.

    Class, what he brings, how often he buys, how he pays: counted by reporting from time to time.
    Empty while he never bought himself: what a company buys is told of the company.
    """
    contact = await get_contact(session, access, contact_id)
    return {"items": await figures_told(session, contact.id, limit=limit)}


@router.get(
    "/companies/{company_id}/figures",
    response_model=FiguresPageOut,
    tags=["companies"],
    responses=responses(CompanyNotFoundError),
)
async def get_company_figures(
    company_id: UUID,
    access: Annotated[Access, require(READ_COMPANIES)],
    session: ReadSessionDep,
    limit: Limit = 50,
) -> dict[str, Sequence[CustomerFigures]]:
    """Return a company's figures as a customer and how they changed, the newest first."""
    company = await get_company(session, access, company_id)
    return {"items": await figures_told(session, company.id, limit=limit)}
