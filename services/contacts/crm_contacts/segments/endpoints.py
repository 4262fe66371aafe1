"""Routes of the segments feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response, status
from pydantic import AwareDatetime

from crm_contacts.permissions import READ_SEGMENTS, WRITE_SEGMENTS
from crm_contacts.segments import queries, use_cases
from crm_contacts.segments.catalogue import KINDS
from crm_contacts.segments.errors import (
    NoRuleError,
    RuleDecidesError,
    RuleMissingError,
    SegmentNotFoundError,
    SegmentOutsideScopeError,
    UnknownMembersError,
)
from crm_contacts.segments.fields import FIELDS, MEMBER_FIELDS, MEMBER_SORT, SORT
from crm_contacts.segments.models import Segment, SegmentEvaluation, SegmentStay
from crm_contacts.segments.schemas import (
    EvaluationOut,
    MemberOut,
    MembersChangedOut,
    MembersIn,
    SegmentChangeIn,
    SegmentIn,
    SegmentOut,
)
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, SearchIn, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/segments", tags=["segments"])
LISTING = listing(FIELDS, sort=SORT)
MEMBERS = listing(MEMBER_FIELDS, sort=MEMBER_SORT, default="since")
Reader = Annotated[Access, require(READ_SEGMENTS)]
Writer = Annotated[Access, require(WRITE_SEGMENTS)]
At = Annotated[AwareDatetime | None, Query(description="A past moment, RFC 3339; now when absent")]


@router.get("", response_model=Page[SegmentOut])
async def list_segments(
    access: Reader, session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[Segment]:
    """List segments: one's own, those of one's teams, and those that are everybody's."""
    return await list_page(session, queries.visible_segments(access), query)


@router.post("/search", response_model=Page[SegmentOut])
async def search_segments(body: SearchIn, access: Reader, session: ReadSessionDep) -> Rows[Segment]:
    """List such segments by a filter tree."""
    return await list_page(session, queries.visible_segments(access), LISTING.search(body))


@router.post(
    "",
    response_model=SegmentOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(RuleMissingError, SegmentOutsideScopeError),
)
async def create_segment(
    body: SegmentIn, access: Writer, session: SessionDep, response: Response
) -> Segment:
    """Make a segment; nobody's (`owner_id` null) is everybody's to use."""
    segment = await use_cases.create_segment(session, access, body.model_dump(exclude_unset=True))
    tag(response, segment)
    return segment


@router.get("/{segment_id}", response_model=SegmentOut, responses=responses(SegmentNotFoundError))
async def get_segment(
    segment_id: UUID, access: Reader, session: ReadSessionDep, response: Response
) -> Segment:
    """Return a segment."""
    segment = await queries.get_segment(session, access, segment_id)
    tag(response, segment)
    return segment


@router.patch(
    "/{segment_id}",
    response_model=SegmentOut,
    responses=responses(SegmentNotFoundError, RuleMissingError, SegmentOutsideScopeError),
)
async def update_segment(
    segment_id: UUID,
    body: SegmentChangeIn,
    expected: IfMatch,
    access: Writer,
    session: SessionDep,
    response: Response,
) -> Segment:
    """Change a segment; another rule is asked of everybody anew, and the old one is kept."""
    segment = await queries.get_own_segment(session, access, segment_id)
    check_revision(segment, expected)
    await use_cases.update_segment(session, access, segment, body.model_dump(exclude_unset=True))
    tag(response, segment)
    return segment


@router.delete(
    "/{segment_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(SegmentNotFoundError),
)
async def delete_segment(
    segment_id: UUID, expected: IfMatch, access: Writer, session: SessionDep
) -> None:
    """Put a segment away; who was in it, and when, stays known."""
    segment = await queries.get_own_segment(session, access, segment_id)
    check_revision(segment, expected)
    await use_cases.delete_segment(session, segment)


@router.get(
    "/{segment_id}/members",
    response_model=Page[MemberOut],
    responses=responses(SegmentNotFoundError),
)
async def list_members(
    segment_id: UUID,
    access: Reader,
    session: ReadSessionDep,
    query: Annotated[ListQuery, Depends(MEMBERS)],
    at: At = None,
) -> Rows[SegmentStay]:
    """List who is in a segment within one's scope, or who was `at` a past moment, as recorded."""
    segment = await queries.get_segment(session, access, segment_id)
    found = queries.stays(access, KINDS[segment.noun], segment, at)
    return await list_page(session, found, query)


@router.post(
    "/{segment_id}/members",
    response_model=MembersChangedOut,
    responses=responses(SegmentNotFoundError, RuleDecidesError, UnknownMembersError),
)
async def change_members(
    segment_id: UUID, body: MembersIn, access: Writer, session: SessionDep
) -> dict[str, list[UUID]]:
    """Put records into a segment chosen by hand, and take others out: up to 500 of each."""
    segment = await queries.get_own_segment(session, access, segment_id)
    return await use_cases.change_members(
        session, access, segment, add=body.add, remove=body.remove, atomic=body.atomic
    )


@router.get(
    "/{segment_id}/evaluation",
    response_model=EvaluationOut,
    responses=responses(SegmentNotFoundError, NoRuleError),
)
async def get_evaluation(
    segment_id: UUID, access: Reader, session: ReadSessionDep
) -> SegmentEvaluation:
    """Tell when the rule was last asked of every record, when it will be, and what hinders it."""
    segment = await queries.get_segment(session, access, segment_id)
    evaluation = await queries.evaluation_of(session, segment.id)
    if evaluation is None:
        raise NoRuleError
    return evaluation


@router.post(
    "/{segment_id}/evaluate",
    response_model=EvaluationOut,
    status_code=status.HTTP_202_ACCEPTED,
    responses=responses(SegmentNotFoundError, NoRuleError),
)
async def evaluate_segment(
    segment_id: UUID, access: Writer, session: SessionDep
) -> SegmentEvaluation | None:
    """Let the rule be asked of every record now; a worker does it."""
    segment = await queries.get_own_segment(session, access, segment_id)
    if not segment.is_by_rule:
        raise NoRuleError
    await use_cases.due_now(session, segment.id)
    return await queries.evaluation_of(session, segment.id)
