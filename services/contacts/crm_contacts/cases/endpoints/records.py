"""Cases as records: list, take in, change, put away."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response, status

from crm_contacts.cases import queries
from crm_contacts.cases.endpoints.common import Reader, WantedCase, Writer
from crm_contacts.cases.errors import (
    CaseExistsError,
    CaseNotFoundError,
    CaseOutsideScopeError,
    UnknownQueueError,
)
from crm_contacts.cases.fields import LISTING
from crm_contacts.cases.models import Case
from crm_contacts.cases.schemas import CaseChangeIn, CaseFields, CaseIn, CaseOut
from crm_contacts.cases.use_cases import writing
from crm_contacts.settings import SettingsDep
from crm_shared.http.batch import BatchIn, BatchOut, run_batch
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.following import follow
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.nouns.listing import NounSearchIn
from crm_shared.validations.errors import ForbiddenByValidationError

router = service_router(prefix="/v1/cases", tags=["cases"])
REFUSALS = (CaseExistsError, CaseOutsideScopeError, UnknownQueueError, ForbiddenByValidationError)


@router.get("", response_model=Page[CaseOut])
async def list_cases(
    access: Reader, session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[Case]:
    """List cases within one's scope; `is_late`, `status`, `queue_id` are what to work from."""
    return await list_page(session, queries.visible_cases(access), query)


@router.post("/search", response_model=Page[CaseOut])
async def search_cases(body: NounSearchIn, access: Reader, session: ReadSessionDep) -> Rows[Case]:
    """List cases within one's scope by a filter tree."""
    query = await LISTING.wanted(session, access.actor, body)
    return await list_page(session, queries.visible_cases(access), query)


@router.post(
    "",
    response_model=CaseOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(*REFUSALS),
)
async def create_case(
    body: CaseIn, access: Writer, session: SessionDep, settings: SettingsDep, response: Response
) -> Case:
    """Take a case in: its limits run from now on in working time."""
    values = body.model_dump(exclude_unset=True)
    case = await writing.create_case(session, access, values, zone=settings.zone)
    tag(response, case)
    return case


@router.post("/batch", response_model=BatchOut)
async def write_cases(
    body: BatchIn[CaseIn], access: Writer, session: SessionDep, settings: SettingsDep
) -> BatchOut:
    """Create cases, or change those that an external id names; each item has its result."""

    async def one(item: CaseIn) -> Case:
        values = item.model_dump(exclude_unset=True)
        case, _ = await writing.write_case(session, access, values, zone=settings.zone)
        return case

    return await run_batch(session, body.items, one, atomic=body.atomic)


@router.get("/{case_id}", response_model=CaseOut, responses=responses(CaseNotFoundError))
async def get_case(
    case_id: UUID, access: Reader, session: ReadSessionDep, response: Response
) -> Case:
    """Return a case."""
    case = await queries.get_case(session, access, case_id)
    await follow(session, [case], LISTING.fields)
    tag(response, case)
    return case


@router.patch(
    "/{case_id}", response_model=CaseOut, responses=responses(CaseNotFoundError, *REFUSALS)
)
async def update_case(
    body: CaseChangeIn,
    case: WantedCase,
    access: Writer,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Case:
    """Change a case; another priority or queue counts its limits anew."""
    values = body.model_dump(exclude_unset=True)
    await writing.update_case(session, access, case, values, zone=settings.zone)
    tag(response, case)
    return case


@router.put(
    "/by-external/{system}/{external_id}", response_model=CaseOut, responses=responses(*REFUSALS)
)
async def upsert_case(
    system: Annotated[str, Path(pattern=r"^[\w.-]{1,64}$")],
    external_id: Annotated[str, Path(min_length=1, max_length=200)],
    body: CaseFields,
    access: Writer,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Case:
    """Create or change the case that another system knows by this id."""
    named = {"source_system": system, "external_id": external_id}
    values = {**body.model_dump(exclude_unset=True), **named}
    case, is_new = await writing.write_case(session, access, values, zone=settings.zone)
    response.status_code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
    tag(response, case)
    return case


@router.delete(
    "/{case_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(CaseNotFoundError, ForbiddenByValidationError),
)
async def delete_case(case: WantedCase, session: SessionDep) -> None:
    """Put a case away: it is in no list any more, and can be restored."""
    await writing.delete_case(session, case)


@router.post("/{case_id}/restore", response_model=CaseOut, responses=responses(CaseNotFoundError))
async def restore_case(
    case_id: UUID, expected: IfMatch, access: Writer, session: SessionDep, response: Response
) -> Case:
    """Bring back a case that was put away."""
    case = await queries.get_case(session, access, case_id, deleted=True)
    check_revision(case, expected)
    await writing.restore_case(session, case)
    tag(response, case)
    return case
