"""Routes by which the past of a segment is asked."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime
from sqlalchemy import RowMapping

from crm_contacts.permissions import READ_SEGMENTS
from crm_contacts.reruns import queries, use_cases
from crm_contacts.reruns.errors import (
    NotReconstructableError,
    RuleInTheFutureError,
    RuleNotInForceError,
)
from crm_contacts.reruns.schemas import OldRulesOut, RerunOut
from crm_contacts.reruns.use_cases import Past
from crm_contacts.segments.errors import NoRuleError, SegmentNotFoundError
from crm_contacts.segments.queries import get_segment
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.http.auth import require
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/segments", tags=["segments"])
Reader = Annotated[Access, require(READ_SEGMENTS)]


@router.get(
    "/{segment_id}/rules",
    response_model=OldRulesOut,
    responses=responses(SegmentNotFoundError, NoRuleError),
)
async def list_rules(
    segment_id: UUID, access: Reader, session: ReadSessionDep
) -> dict[str, list[RowMapping]]:
    """List every version of a segment's rule."""
    segment = await get_segment(session, access, segment_id)
    if not segment.is_by_rule:
        raise NoRuleError
    return {"items": await queries.rules_of(session, segment)}


@router.get(
    "/{segment_id}/rerun",
    response_model=RerunOut,
    responses=responses(
        SegmentNotFoundError,
        NoRuleError,
        RuleNotInForceError,
        NotReconstructableError,
        RuleInTheFutureError,
    ),
)
async def rerun_segment(
    segment_id: UUID,
    access: Reader,
    session: SessionDep,
    at: Annotated[
        AwareDatetime | None, Query(description="A past moment, RFC 3339; now when absent")
    ] = None,
    version: Annotated[
        int | None, Query(ge=1, description="Of the rule; the one of that moment when absent")
    ] = None,
    after: Annotated[UUID | None, Query(description="`next_after` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Ask the rule of a segment whom it held for at a past moment, by the versions of records.

    Fields, tags and custom fields are those of that moment; `approximations` name what is told as
    it is known now; a rule over what only the present knows is refused.
    """
    segment = await get_segment(session, access, segment_id)
    if not segment.is_by_rule:
        raise NoRuleError
    past = Past(at or utc_now(), version, after, limit)
    return await use_cases.rerun(session, access, segment, past)
