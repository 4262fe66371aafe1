"""Leads as records: list, make, change, put away."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Response, status

from crm_contacts.leads import queries, use_cases
from crm_contacts.leads.endpoints.common import (
    REFUSALS,
    Reader,
    TermsDep,
    Writer,
    with_duplicates,
)
from crm_contacts.leads.errors import LeadNotFoundError
from crm_contacts.leads.fields import LISTING
from crm_contacts.leads.models import Lead
from crm_contacts.leads.schemas import (
    DuplicatesOut,
    LeadChangeIn,
    LeadIn,
    LeadMadeOut,
    LeadOut,
)
from crm_shared.http.batch import BatchIn, BatchOut, run_batch
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.following import follow
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import AutocommitDep, ReadSessionDep, SessionDep
from crm_shared.nouns.listing import NounSearchIn
from crm_shared.validations.errors import ForbiddenByValidationError

router = service_router(prefix="/v1/leads", tags=["leads"])


@router.get("", response_model=Page[LeadOut])
async def list_leads(
    access: Reader, session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[Lead]:
    """List leads within one's scope."""
    return await list_page(session, queries.visible_leads(access), query)


@router.post("/search", response_model=Page[LeadOut])
async def search_leads(body: NounSearchIn, access: Reader, session: ReadSessionDep) -> Rows[Lead]:
    """List leads within one's scope by a filter tree."""
    query = await LISTING.wanted(session, access.actor, body)
    return await list_page(session, queries.visible_leads(access), query)


@router.post(
    "",
    response_model=LeadMadeOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(*REFUSALS),
)
async def create_lead(
    body: LeadIn, access: Writer, session: AutocommitDep, terms: TermsDep, response: Response
) -> dict[str, Any]:
    """Take a lead in; the answer lists who might be the same."""
    values = body.model_dump(exclude_unset=True)
    lead = await use_cases.create_lead(session, access, values, terms=terms)
    tag(response, lead)
    return with_duplicates(lead, await use_cases.duplicates_of(session, access, lead))


@router.post("/batch", response_model=BatchOut)
async def write_leads(
    body: BatchIn[LeadIn], access: Writer, session: SessionDep, terms: TermsDep
) -> BatchOut:
    """Create leads, or change those that an external id names; each item has its result."""

    async def one(item: LeadIn) -> Lead:
        values = item.model_dump(exclude_unset=True)
        lead, _ = await use_cases.write_lead(session, access, values, terms=terms)
        return lead

    return await run_batch(session, body.items, one, atomic=body.atomic)


@router.get("/{lead_id}", response_model=LeadOut, responses=responses(LeadNotFoundError))
async def get_lead(
    lead_id: UUID, access: Reader, session: ReadSessionDep, response: Response
) -> Lead:
    """Return a lead."""
    lead = await queries.get_lead(session, access, lead_id)
    await follow(session, [lead], LISTING.fields)
    tag(response, lead)
    return lead


@router.get(
    "/{lead_id}/duplicates", response_model=DuplicatesOut, responses=responses(LeadNotFoundError)
)
async def list_lead_duplicates(
    lead_id: UUID, access: Reader, session: ReadSessionDep
) -> dict[str, Any]:
    """Return who might be the same as a lead, within one's scope."""
    lead = await queries.get_lead(session, access, lead_id)
    return {"items": await use_cases.duplicates_of(session, access, lead)}


@router.patch(
    "/{lead_id}", response_model=LeadOut, responses=responses(LeadNotFoundError, *REFUSALS)
)
async def update_lead(
    lead_id: UUID,
    body: LeadChangeIn,
    expected: IfMatch,
    access: Writer,
    session: SessionDep,
    terms: TermsDep,
    response: Response,
) -> Lead:
    """Change a lead; its status moves by routes of its own."""
    lead = await queries.get_lead(session, access, lead_id)
    check_revision(lead, expected)
    values = body.model_dump(exclude_unset=True)
    await use_cases.update_lead(session, access, lead, values, terms=terms)
    tag(response, lead)
    return lead


@router.put(
    "/by-external/{system}/{external_id}", response_model=LeadOut, responses=responses(*REFUSALS)
)
async def upsert_lead(
    system: Annotated[str, Path(pattern=r"^[\w.-]{1,64}$")],
    external_id: Annotated[str, Path(min_length=1, max_length=200)],
    body: LeadChangeIn,
    access: Writer,
    session: SessionDep,
    terms: TermsDep,
    response: Response,
) -> Lead:
    """Create or change the lead that another system knows by this id."""
    named = {"source_system": system, "external_id": external_id}
    values = {**body.model_dump(exclude_unset=True), **named}
    lead, is_new = await use_cases.write_lead(session, access, values, terms=terms)
    response.status_code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
    tag(response, lead)
    return lead


@router.delete(
    "/{lead_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(LeadNotFoundError, ForbiddenByValidationError),
)
async def delete_lead(
    lead_id: UUID, expected: IfMatch, access: Writer, session: SessionDep
) -> None:
    """Put a lead away; what it became stays."""
    lead = await queries.get_lead(session, access, lead_id)
    check_revision(lead, expected)
    await use_cases.delete_lead(session, lead)


@router.post("/{lead_id}/restore", response_model=LeadOut, responses=responses(LeadNotFoundError))
async def restore_lead(
    lead_id: UUID, expected: IfMatch, access: Writer, session: SessionDep, response: Response
) -> Lead:
    """Bring back a lead that was put away."""
    lead = await queries.get_lead(session, access, lead_id, deleted=True)
    check_revision(lead, expected)
    await use_cases.restore_lead(session, lead)
    tag(response, lead)
    return lead
