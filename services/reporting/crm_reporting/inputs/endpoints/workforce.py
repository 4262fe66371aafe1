"""Routes of the staff."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response

from crm_reporting.inputs import queries, use_cases
from crm_reporting.inputs.errors import InputNotFoundError
from crm_reporting.inputs.fields import STAFF
from crm_reporting.inputs.models import Staff
from crm_reporting.inputs.schemas.given import StaffIn
from crm_reporting.inputs.schemas.shown import StaffOut
from crm_reporting.permissions import READ_INPUTS, WRITE_INPUTS
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.pagination import ListQuery, Page, SearchIn, list_page, search_query
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/workforce", tags=["workforce"])
Reading = [require(READ_INPUTS)]
Writing = [require(WRITE_INPUTS)]


@router.get("", response_model=Page[StaffOut], dependencies=Reading)
async def list_staff(session: ReadSessionDep, query: Annotated[ListQuery, Depends(STAFF)]) -> Any:
    """List the entries of the staff."""
    return await list_page(session, queries.all_of(Staff), query)


@router.post("/search", response_model=Page[StaffOut], dependencies=Reading)
async def search_staff(session: ReadSessionDep, body: SearchIn) -> Any:
    """Search by a filter tree of and, or, not."""
    return await list_page(session, queries.all_of(Staff), search_query(body, STAFF))


@router.post("", response_model=StaffOut, status_code=201, dependencies=Writing)
async def create_staff_entry(session: SessionDep, body: StaffIn, response: Response) -> Any:
    """Enter somebody's role, share of full time and monthly cost, from a day on."""
    row = await use_cases.enter(session, use_cases.STAFF, body.model_dump())
    response.headers["Location"] = f"/v1/workforce/{row.id}"
    tag(response, row)
    return row


@router.get(
    "/{staff_entry_id}",
    response_model=StaffOut,
    dependencies=Reading,
    responses=responses(InputNotFoundError),
)
async def get_staff_entry(staff_entry_id: UUID, session: ReadSessionDep, response: Response) -> Any:
    """Read one of the entries of the staff."""
    row = await queries.get(session, queries.all_of(Staff), staff_entry_id)
    tag(response, row)
    return row


@router.put(
    "/{staff_entry_id}",
    response_model=StaffOut,
    dependencies=Writing,
    responses=responses(InputNotFoundError, ChangedMeanwhileError),
)
async def replace_staff_entry(
    staff_entry_id: UUID, body: StaffIn, expected: IfMatch, session: SessionDep, response: Response
) -> Any:
    """Correct it: every value is replaced; what it was stands in the event, except the pay."""
    row = await queries.get(session, queries.all_of(Staff), staff_entry_id)
    await use_cases.replace(session, use_cases.STAFF, row, body.model_dump(), expected=expected)
    tag(response, row)
    return row


@router.delete(
    "/{staff_entry_id}",
    status_code=204,
    dependencies=Writing,
    responses=responses(InputNotFoundError, ChangedMeanwhileError),
)
async def delete_staff_entry(staff_entry_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Take it back; nothing counts it any more."""
    row = await queries.get(session, queries.all_of(Staff), staff_entry_id)
    await use_cases.withdraw(session, use_cases.STAFF, row, expected=expected)
