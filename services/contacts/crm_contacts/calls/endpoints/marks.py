"""Routes of marks: how well our side spoke, and what came of it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import AwareDatetime

from crm_contacts.calls import queries, use_cases
from crm_contacts.calls.errors import CallNotFoundError, NothingToMarkError
from crm_contacts.calls.models import Call
from crm_contacts.calls.rules import conversion
from crm_contacts.calls.schemas import CallMarkIn, CallMarksOut, CallOut
from crm_contacts.permissions import MARK_CALLS
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/calls", tags=["calls"])
Judge = Annotated[Access, require(MARK_CALLS)]


@router.get("/marks", response_model=CallMarksOut)
async def count_marks(
    access: Judge,
    session: ReadSessionDep,
    since: Annotated[AwareDatetime, Query(alias="from")],
    until: Annotated[AwareDatetime, Query(alias="to")],
) -> dict[str, Any]:
    """Count answered calls of a period by mark, and how many cold ones of each brought a client.

    `from` is in it, `to` is not. A call is cold when its caller logged it in a call list.
    """
    counted = await queries.count_marks(session, access, since, until)
    rows = [{**one, "conversion": conversion(one["converted"], one["leads"])} for one in counted]
    return {"items": rows}


@router.put(
    "/{call_id}/mark",
    response_model=CallOut,
    responses=responses(CallNotFoundError, NothingToMarkError),
)
async def mark_call(
    call_id: UUID,
    body: CallMarkIn,
    expected: IfMatch,
    access: Judge,
    session: SessionDep,
    response: Response,
) -> Call:
    """Judge how well our side spoke, from 1 to 5; null takes the mark back."""
    call = await queries.get_call(session, access, call_id)
    check_revision(call, expected)
    await use_cases.mark_call(session, access, call, body.mark, body.comment)
    tag(response, call)
    return call
