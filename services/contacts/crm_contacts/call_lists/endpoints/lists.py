"""Call lists: list, make, change, fill, measure."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response, status

from crm_contacts.call_lists import queries
from crm_contacts.call_lists.endpoints.common import Reader, Writer
from crm_contacts.call_lists.errors import (
    CallListNotFoundError,
    CallListNotOpenError,
    CallListOutsideScopeError,
    ConsentOfOthersError,
    NoSourceError,
    OtherNounError,
    TwoSourcesError,
)
from crm_contacts.call_lists.fields import FIELDS, SORT
from crm_contacts.call_lists.models import CallList
from crm_contacts.call_lists.rules import progress_of
from crm_contacts.call_lists.schemas import (
    CallListChangeIn,
    CallListIn,
    CallListOut,
    FilledOut,
    FillIn,
    ProgressOut,
)
from crm_contacts.call_lists.use_cases import lists
from crm_contacts.segments.errors import SegmentNotFoundError
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, SearchIn, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/call-lists", tags=["call lists"])
LISTING = listing(FIELDS, sort=SORT)
REFUSALS = (
    CallListOutsideScopeError,
    TwoSourcesError,
    OtherNounError,
    ConsentOfOthersError,
    SegmentNotFoundError,
)


@router.get("", response_model=Page[CallListOut])
async def list_call_lists(
    access: Reader, session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[CallList]:
    """List call lists within one's scope, and those that one is to call."""
    return await list_page(session, queries.visible_call_lists(access), query)


@router.post("/search", response_model=Page[CallListOut])
async def search_call_lists(
    body: SearchIn, access: Reader, session: ReadSessionDep
) -> Rows[CallList]:
    """List such call lists by a filter tree."""
    return await list_page(session, queries.visible_call_lists(access), LISTING.search(body))


@router.post(
    "",
    response_model=CallListOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(*REFUSALS),
)
async def create_call_list(
    body: CallListIn, access: Writer, session: SessionDep, response: Response
) -> CallList:
    """Make a list of contacts, companies or leads to be called; `/fill` puts them on it."""
    values = body.model_dump(exclude_unset=True)
    call_list = await lists.create_call_list(session, access, values)
    tag(response, call_list)
    return call_list


@router.get(
    "/{call_list_id}", response_model=CallListOut, responses=responses(CallListNotFoundError)
)
async def get_call_list(
    call_list_id: UUID, access: Reader, session: ReadSessionDep, response: Response
) -> CallList:
    """Return a call list within one's scope, or one that one is to call from."""
    call_list = await queries.get_call_list(session, access, call_list_id)
    tag(response, call_list)
    return call_list


@router.patch(
    "/{call_list_id}",
    response_model=CallListOut,
    responses=responses(CallListNotFoundError, CallListOutsideScopeError),
)
async def update_call_list(
    call_list_id: UUID,
    body: CallListChangeIn,
    expected: IfMatch,
    access: Writer,
    session: SessionDep,
    response: Response,
) -> CallList:
    """Change a list; `status` pauses, opens or closes it. Its source and purpose stay."""
    call_list = await queries.get_own_call_list(session, access, call_list_id)
    check_revision(call_list, expected)
    values = body.model_dump(exclude_unset=True)
    await lists.update_call_list(session, access, call_list, values)
    tag(response, call_list)
    return call_list


@router.delete(
    "/{call_list_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(CallListNotFoundError),
)
async def delete_call_list(
    call_list_id: UUID, expected: IfMatch, access: Writer, session: SessionDep
) -> None:
    """Put a list away; the calls stay in the histories of those who were called."""
    call_list = await queries.get_own_call_list(session, access, call_list_id)
    check_revision(call_list, expected)
    await lists.delete_call_list(session, call_list)


@router.post(
    "/{call_list_id}/fill",
    response_model=FilledOut,
    responses=responses(
        CallListNotFoundError,
        CallListNotOpenError,
        NoSourceError,
        OtherNounError,
        SegmentNotFoundError,
    ),
)
async def fill_call_list(
    call_list_id: UUID, body: FillIn, access: Writer, session: SessionDep
) -> dict[str, Any]:
    """Put on a list who is not on it yet: whom its source names now, or the named ones.

    Who has no number, wants no calls, withdrew his consent or is restricted stays out and is
    counted by reason; of leads also who is a client by now, or has the number of a contact who
    wants no calls. The same again adds whoever is new.
    """
    call_list = await queries.get_own_call_list(session, access, call_list_id)
    named = {"contact": body.contact_ids, "company": body.company_ids, "lead": body.lead_ids}
    return await lists.fill(session, access, call_list, named)


@router.get(
    "/{call_list_id}/progress",
    response_model=ProgressOut,
    responses=responses(CallListNotFoundError),
)
async def measure_call_list(
    call_list_id: UUID, access: Reader, session: ReadSessionDep
) -> dict[str, Any]:
    """Measure how far a list is: who is left, what came of the calls, who made them."""
    call_list = await queries.get_call_list(session, access, call_list_id)
    return progress_of(
        await queries.count_entries(session, call_list.id),
        await queries.count_calls(session, call_list.id),
        await queries.count_callers(session, call_list.id),
    )
