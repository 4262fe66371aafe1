"""Routes of the investments."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response

from crm_reporting.inputs import queries, use_cases
from crm_reporting.inputs.errors import InputNotFoundError
from crm_reporting.inputs.fields import INVESTMENTS
from crm_reporting.inputs.models import Investment
from crm_reporting.inputs.schemas.given import InvestmentIn
from crm_reporting.inputs.schemas.shown import InvestmentOut
from crm_reporting.permissions import READ_INPUTS, WRITE_INPUTS
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.pagination import ListQuery, Page, SearchIn, list_page, search_query
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/investments", tags=["investments"])
Reading = [require(READ_INPUTS)]
Writing = [require(WRITE_INPUTS)]


@router.get("", response_model=Page[InvestmentOut], dependencies=Reading)
async def list_investments(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(INVESTMENTS)]
) -> Any:
    """List what went into the CRM."""
    return await list_page(session, queries.all_of(Investment), query)


@router.post("/search", response_model=Page[InvestmentOut], dependencies=Reading)
async def search_investments(session: ReadSessionDep, body: SearchIn) -> Any:
    """Search by a filter tree of and, or, not."""
    return await list_page(session, queries.all_of(Investment), search_query(body, INVESTMENTS))


@router.post("", response_model=InvestmentOut, status_code=201, dependencies=Writing)
async def create_investment(session: SessionDep, body: InvestmentIn, response: Response) -> Any:
    """Enter what went into the CRM (E5), at once or every month."""
    row = await use_cases.enter(session, use_cases.INVESTMENT, body.model_dump())
    response.headers["Location"] = f"/v1/investments/{row.id}"
    tag(response, row)
    return row


@router.get(
    "/{investment_id}",
    response_model=InvestmentOut,
    dependencies=Reading,
    responses=responses(InputNotFoundError),
)
async def get_investment(investment_id: UUID, session: ReadSessionDep, response: Response) -> Any:
    """Read one of what went into the CRM."""
    row = await queries.get(session, queries.all_of(Investment), investment_id)
    tag(response, row)
    return row


@router.put(
    "/{investment_id}",
    response_model=InvestmentOut,
    dependencies=Writing,
    responses=responses(InputNotFoundError, ChangedMeanwhileError),
)
async def replace_investment(
    investment_id: UUID,
    body: InvestmentIn,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> Any:
    """Correct it: every value is replaced; what it was stands in the event."""
    row = await queries.get(session, queries.all_of(Investment), investment_id)
    await use_cases.replace(
        session, use_cases.INVESTMENT, row, body.model_dump(), expected=expected
    )
    tag(response, row)
    return row


@router.delete(
    "/{investment_id}",
    status_code=204,
    dependencies=Writing,
    responses=responses(InputNotFoundError, ChangedMeanwhileError),
)
async def delete_investment(investment_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Take it back; nothing counts it any more."""
    row = await queries.get(session, queries.all_of(Investment), investment_id)
    await use_cases.withdraw(session, use_cases.INVESTMENT, row, expected=expected)
