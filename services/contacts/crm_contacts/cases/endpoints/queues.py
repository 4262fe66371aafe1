"""Routes of the queues that cases come into."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response, status

from crm_contacts.cases import queries
from crm_contacts.cases.errors import CaseQueueNotFoundError
from crm_contacts.cases.fields import QUEUE_FIELDS
from crm_contacts.cases.models import CaseQueue
from crm_contacts.cases.schemas import CaseQueueChangeIn, CaseQueueIn, CaseQueueOut
from crm_contacts.cases.use_cases import queues
from crm_contacts.permissions import READ_CASE_QUEUES, WRITE_CASE_QUEUES
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/case-queues", tags=["cases"])
LISTING = listing(QUEUE_FIELDS, sort=("name", "created_at"))


@router.get("", response_model=Page[CaseQueueOut], dependencies=[require(READ_CASE_QUEUES)])
async def list_case_queues(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[CaseQueue]:
    """List queues."""
    return await list_page(session, queries.all_queues(), query)


@router.post(
    "",
    response_model=CaseQueueOut,
    status_code=status.HTTP_201_CREATED,
    dependencies=[require(WRITE_CASE_QUEUES)],
)
async def create_case_queue(
    body: CaseQueueIn, session: SessionDep, response: Response
) -> CaseQueue:
    """Open a queue: whose team works on it, and its limits per priority in working time."""
    queue = await queues.create_queue(session, body.model_dump(exclude_unset=True))
    tag(response, queue)
    return queue


@router.get(
    "/{queue_id}",
    response_model=CaseQueueOut,
    responses=responses(CaseQueueNotFoundError),
    dependencies=[require(READ_CASE_QUEUES)],
)
async def get_case_queue(queue_id: UUID, session: ReadSessionDep, response: Response) -> CaseQueue:
    """Return a queue."""
    queue = await queries.get_queue(session, queue_id)
    tag(response, queue)
    return queue


@router.patch(
    "/{queue_id}",
    response_model=CaseQueueOut,
    responses=responses(CaseQueueNotFoundError),
    dependencies=[require(WRITE_CASE_QUEUES)],
)
async def update_case_queue(
    queue_id: UUID,
    body: CaseQueueChangeIn,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> CaseQueue:
    """Change a queue; deadlines that run already stay."""
    queue = await queries.get_queue(session, queue_id)
    check_revision(queue, expected)
    await queues.update_queue(session, queue, body.model_dump(exclude_unset=True))
    tag(response, queue)
    return queue


@router.delete(
    "/{queue_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(CaseQueueNotFoundError),
    dependencies=[require(WRITE_CASE_QUEUES)],
)
async def delete_case_queue(queue_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Take no more cases into a queue."""
    queue = await queries.get_queue(session, queue_id)
    check_revision(queue, expected)
    await queues.delete_queue(session, queue)
