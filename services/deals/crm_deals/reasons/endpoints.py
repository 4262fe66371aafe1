"""Routes of the reasons feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from crm_deals.permissions import READ_CONFIGURATION, WRITE_CONFIGURATION
from crm_deals.reasons import queries, use_cases
from crm_deals.reasons.errors import (
    ReasonExternalIdTakenError,
    ReasonLabelTakenError,
    ReasonNotFoundError,
)
from crm_deals.reasons.fields import REASON_LISTING
from crm_deals.reasons.models import Reason
from crm_deals.reasons.schemas import PatchReasonIn, ReasonIn, ReasonOut
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/reasons", tags=["reasons"])
Reading = [require(READ_CONFIGURATION)]
Writing = [require(WRITE_CONFIGURATION)]


@router.get("", response_model=Page[ReasonOut], dependencies=Reading, operation_id="list_reasons")
async def list_reasons(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(REASON_LISTING)]
) -> Rows[Reason]:
    """List the reasons that may be named: `outcome=lost`."""
    return await list_page(session, queries.all_reasons(), query)


@router.post(
    "",
    response_model=ReasonOut,
    status_code=201,
    dependencies=Writing,
    responses=responses(ReasonLabelTakenError),
    operation_id="create_reason",
)
async def create_reason(session: SessionDep, body: ReasonIn, response: Response) -> Reason:
    """Add a reason; from now on deals closed with its outcome must name one."""
    reason = await use_cases.create_reason(session, body.model_dump())
    response.headers["Location"] = f"/v1/reasons/{reason.id}"
    tag(response, reason)
    return reason


@router.get(
    "/{reason_id}",
    response_model=ReasonOut,
    dependencies=Reading,
    responses=responses(ReasonNotFoundError),
    operation_id="get_reason",
)
async def get_reason(reason_id: UUID, session: ReadSessionDep, response: Response) -> Reason:
    """Read one reason."""
    reason = await queries.get_reason(session, reason_id)
    tag(response, reason)
    return reason


@router.patch(
    "/{reason_id}",
    response_model=ReasonOut,
    dependencies=Writing,
    responses=responses(ReasonNotFoundError, ReasonLabelTakenError, ChangedMeanwhileError),
    operation_id="update_reason",
)
async def update_reason(
    reason_id: UUID,
    body: PatchReasonIn,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> Reason:
    """Relabel a reason, or give it another group or department."""
    reason = await queries.get_reason(session, reason_id)
    values = body.model_dump(exclude_unset=True)
    await use_cases.update_reason(session, reason, values, expected=expected)
    tag(response, reason)
    return reason


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=ReasonOut,
    dependencies=Writing,
    responses=responses(ReasonLabelTakenError, ReasonExternalIdTakenError),
    operation_id="put_reason",
)
async def put_reason(
    system: str, external_id: str, body: ReasonIn, session: SessionDep, response: Response
) -> Reason:
    """Create or change the reason that another system knows under this id."""
    values = body.model_dump(exclude_unset=True)
    reason, result = await use_cases.put_reason(session, (system, external_id), values)
    response.status_code = 201 if result == "created" else 200
    response.headers["Crm-Result"] = result
    tag(response, reason)
    return reason


@router.delete(
    "/{reason_id}",
    status_code=204,
    dependencies=Writing,
    responses=responses(ReasonNotFoundError, ChangedMeanwhileError),
    operation_id="delete_reason",
)
async def delete_reason(reason_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Take a reason out of the dictionary; deals keep it."""
    await use_cases.delete_reason(session, reason_id, expected=expected)
