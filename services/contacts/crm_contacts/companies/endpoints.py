"""Routes of the companies feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response, status

from crm_contacts.addresses.errors import InvalidAddressesError
from crm_contacts.companies import queries, use_cases
from crm_contacts.companies.errors import (
    CompanyCircleError,
    CompanyExistsError,
    CompanyMergedError,
    CompanyNotFoundError,
    CompanyOutsideScopeError,
)
from crm_contacts.companies.fields import LISTING
from crm_contacts.companies.models import Company
from crm_contacts.companies.schemas import CompanyChangeIn, CompanyFields, CompanyIn, CompanyOut
from crm_contacts.permissions import READ_COMPANIES, WRITE_COMPANIES
from crm_contacts.settings import SettingsDep
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.batch import BatchIn, BatchOut, run_batch
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.following import follow
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.nouns.listing import NounSearchIn
from crm_shared.validations.errors import ForbiddenByValidationError

router = service_router(prefix="/v1/companies", tags=["companies"])
REFUSALS = (
    CompanyExistsError,
    CompanyCircleError,
    CompanyOutsideScopeError,
    InvalidAddressesError,
    ForbiddenByValidationError,
)
Reader = Annotated[Access, require(READ_COMPANIES)]
Writer = Annotated[Access, require(WRITE_COMPANIES)]


@router.get("", response_model=Page[CompanyOut])
async def list_companies(
    access: Reader, session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[Company]:
    """List companies within one's scope."""
    return await list_page(session, queries.visible_companies(access), query)


@router.post("/search", response_model=Page[CompanyOut])
async def search_companies(
    body: NounSearchIn, access: Reader, session: ReadSessionDep
) -> Rows[Company]:
    """List companies within one's scope by a filter tree."""
    query = await LISTING.wanted(session, access.actor, body)
    return await list_page(session, queries.visible_companies(access), query)


@router.post("/batch", response_model=BatchOut)
async def write_companies(
    body: BatchIn[CompanyIn], access: Writer, session: SessionDep, settings: SettingsDep
) -> BatchOut:
    """Create companies, or change those that an external id names; each item has its result."""

    async def one(item: CompanyIn) -> Company:
        values = item.model_dump(exclude_unset=True)
        company, _ = await use_cases.write_company(
            session, access, values, region=settings.phone_region
        )
        return company

    return await run_batch(session, body.items, one, atomic=body.atomic)


@router.get("/{company_id}", response_model=CompanyOut, responses=responses(CompanyNotFoundError))
async def get_company(
    company_id: UUID, access: Reader, session: ReadSessionDep, response: Response
) -> Company:
    """Return a company."""
    company = await queries.get_company(session, access, company_id)
    await follow(session, [company], LISTING.fields)
    tag(response, company)
    return company


@router.patch(
    "/{company_id}",
    response_model=CompanyOut,
    responses=responses(CompanyNotFoundError, *REFUSALS),
)
async def update_company(
    company_id: UUID,
    body: CompanyChangeIn,
    expected: IfMatch,
    access: Writer,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Company:
    """Change a company: what is not sent stays, null empties a field."""
    company = await queries.get_company(session, access, company_id)
    check_revision(company, expected)
    values = body.model_dump(exclude_unset=True)
    await use_cases.update_company(session, access, company, values, region=settings.phone_region)
    tag(response, company)
    return company


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=CompanyOut,
    responses=responses(*REFUSALS),
)
async def upsert_company(
    system: Annotated[str, Path(pattern=r"^[\w.-]{1,64}$")],
    external_id: Annotated[str, Path(min_length=1, max_length=200)],
    body: CompanyFields,
    access: Writer,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Company:
    """Create or change the company that another system knows by this id."""
    values = {
        **body.model_dump(exclude_unset=True),
        "source_system": system,
        "external_id": external_id,
    }
    company, is_new = await use_cases.write_company(
        session, access, values, region=settings.phone_region
    )
    response.status_code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
    tag(response, company)
    return company


@router.delete(
    "/{company_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(CompanyNotFoundError, CompanyMergedError, ForbiddenByValidationError),
)
async def delete_company(
    company_id: UUID, expected: IfMatch, access: Writer, session: SessionDep
) -> None:
    """Put a company away; facts that depend on it stay."""
    company = await queries.get_company(session, access, company_id)
    if company.id != company_id:
        raise CompanyMergedError(company_id, company.id)
    check_revision(company, expected)
    await use_cases.delete_company(session, company)


@router.post(
    "/{company_id}/restore",
    response_model=CompanyOut,
    responses=responses(CompanyNotFoundError),
)
async def restore_company(
    company_id: UUID, expected: IfMatch, access: Writer, session: SessionDep, response: Response
) -> Company:
    """Bring back a company that was put away."""
    company = await queries.get_company(session, access, company_id, deleted=True)
    check_revision(company, expected)
    await use_cases.restore_company(session, company)
    tag(response, company)
    return company
