"""What is done with a case: assign, comment, wait, resume, solve, close, reopen, merge."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response, status

from crm_contacts.cases import queries
from crm_contacts.cases.endpoints.common import Reader, WantedCase, Writer
from crm_contacts.cases.errors import (
    CaseMoveError,
    CaseNotFoundError,
    CaseOutsideScopeError,
    MergeWithItselfError,
    ReopenTooLateError,
)
from crm_contacts.cases.models import Case, CaseComment
from crm_contacts.cases.schemas import (
    AssignCaseIn,
    CaseOut,
    CommentIn,
    CommentOut,
    MergeCaseIn,
    SolveIn,
)
from crm_contacts.cases.use_cases import moves, writing
from crm_contacts.settings import SettingsDep
from crm_contacts.timeline.endpoints import LISTING as TIMELINE
from crm_contacts.timeline.queries import entries_of_client
from crm_contacts.timeline.schemas import TimelineEntryOut
from crm_contacts.timeline.use_cases import read_timeline
from crm_shared.http.etag import tag
from crm_shared.http.pagination import ListQuery, Page, Rows
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.validations.errors import ForbiddenByValidationError

router = service_router(prefix="/v1/cases", tags=["cases"])
MOVED = responses(CaseNotFoundError, CaseMoveError, ForbiddenByValidationError)


@router.post(
    "/{case_id}/assign",
    response_model=CaseOut,
    responses=responses(CaseNotFoundError, CaseOutsideScopeError, ForbiddenByValidationError),
)
async def assign_case(
    body: AssignCaseIn, case: WantedCase, access: Writer, session: SessionDep, response: Response
) -> Case:
    """Give a case to somebody, or take it."""
    await writing.assign_case(session, access, case, body.model_dump(exclude_unset=True))
    tag(response, case)
    return case


@router.get(
    "/{case_id}/comments",
    response_model=list[CommentOut],
    responses=responses(CaseNotFoundError),
)
async def list_case_comments(
    case_id: UUID, access: Reader, session: ReadSessionDep
) -> Sequence[CaseComment]:
    """List what was said about a case and about those merged into it, the oldest first."""
    await queries.get_case(session, access, case_id)
    return await queries.comments_of(session, case_id)


@router.post(
    "/{case_id}/comments",
    response_model=CommentOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(
        CaseNotFoundError, CaseMoveError, ReopenTooLateError, ForbiddenByValidationError
    ),
)
async def comment_case(
    case_id: UUID, body: CommentIn, access: Writer, session: SessionDep, settings: SettingsDep
) -> CaseComment:
    """Say something about a case; the customer's word goes on with it or opens it again."""
    case = await queries.get_case(session, access, case_id)
    values = {**body.model_dump(), "is_public": body.is_public or body.by_customer}
    return await moves.comment_case(
        session,
        access,
        case,
        values,
        zone=settings.zone,
        reopen_days=settings.case_reopen_days,
    )


@router.post("/{case_id}/wait", response_model=CaseOut, responses=MOVED)
async def wait_for_customer(case: WantedCase, session: SessionDep, response: Response) -> Case:
    """Wait for the customer: the clock of both limits stops."""
    await moves.wait_for_customer(session, case)
    tag(response, case)
    return case


@router.post("/{case_id}/resume", response_model=CaseOut, responses=MOVED)
async def resume_case(
    case: WantedCase, session: SessionDep, settings: SettingsDep, response: Response
) -> Case:
    """Go on with a case that waited."""
    await moves.resume_case(session, case, zone=settings.zone)
    tag(response, case)
    return case


@router.post("/{case_id}/solve", response_model=CaseOut, responses=MOVED)
async def solve_case(
    body: SolveIn,
    case: WantedCase,
    access: Writer,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Case:
    """Say that a case is solved, or that it cannot be."""
    await moves.solve_case(session, access.actor.id, case, body.outcome, zone=settings.zone)
    tag(response, case)
    return case


@router.post("/{case_id}/close", response_model=CaseOut, responses=MOVED)
async def close_case(case: WantedCase, session: SessionDep, response: Response) -> Case:
    """Say that nothing more will come of a solved case."""
    await moves.close_case(session, case)
    tag(response, case)
    return case


@router.post("/{case_id}/reopen", response_model=CaseOut, responses=MOVED)
async def reopen_case(
    case: WantedCase, session: SessionDep, settings: SettingsDep, response: Response
) -> Case:
    """Work on a case again, whenever it was solved."""
    await moves.reopen_case(session, case, zone=settings.zone)
    tag(response, case)
    return case


@router.post(
    "/{case_id}/merge",
    response_model=CaseOut,
    responses=responses(CaseNotFoundError, CaseMoveError, MergeWithItselfError),
)
async def merge_cases(
    body: MergeCaseIn, case: WantedCase, access: Writer, session: SessionDep, response: Response
) -> Case:
    """Make another case part of this one; the answer is the other one."""
    loser = await moves.merge_cases(session, access, case, body.loser_id)
    tag(response, loser)
    return loser


@router.post("/{case_id}/unmerge", response_model=CaseOut, responses=MOVED)
async def unmerge_case(case: WantedCase, session: SessionDep, response: Response) -> Case:
    """Make a merged case one of its own again."""
    await moves.unmerge_case(session, case)
    tag(response, case)
    return case


@router.get(
    "/{case_id}/timeline",
    response_model=Page[TimelineEntryOut],
    responses=responses(CaseNotFoundError),
)
async def case_timeline(
    case_id: UUID,
    access: Reader,
    session: ReadSessionDep,
    query: Annotated[ListQuery, Depends(TIMELINE)],
) -> Rows[TimelineEntryOut]:
    """List what happened with a case, the newest first."""
    await queries.get_case(session, access, case_id)
    entries = await entries_of_client(session, access, case_id)
    return await read_timeline(session, entries, query)
