"""Routes of the tasks feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response, status

from crm_contacts.permissions import READ_TASKS, WRITE_TASKS
from crm_contacts.tasks import queries, use_cases
from crm_contacts.tasks.errors import (
    TaskClosedError,
    TaskExistsError,
    TaskNotFoundError,
    TaskOpenError,
    TaskOutsideScopeError,
)
from crm_contacts.tasks.fields import LISTING
from crm_contacts.tasks.models import Task
from crm_contacts.tasks.schemas import TaskChangeIn, TaskFields, TaskIn, TaskOut
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.batch import BatchIn, BatchOut, run_batch
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.following import follow
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.nouns.listing import NounSearchIn

router = service_router(prefix="/v1/tasks", tags=["tasks"])
REFUSALS = (TaskExistsError, TaskOutsideScopeError)
Reader = Annotated[Access, require(READ_TASKS)]
Writer = Annotated[Access, require(WRITE_TASKS)]


@router.get("", response_model=Page[TaskOut])
async def list_tasks(
    access: Reader, session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[Task]:
    """List tasks within one's scope."""
    return await list_page(session, queries.visible_tasks(access), query)


@router.post("/search", response_model=Page[TaskOut])
async def search_tasks(body: NounSearchIn, access: Reader, session: ReadSessionDep) -> Rows[Task]:
    """List tasks within one's scope by a filter tree."""
    query = await LISTING.wanted(session, access.actor, body)
    return await list_page(session, queries.visible_tasks(access), query)


@router.post(
    "",
    response_model=TaskOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(*REFUSALS),
)
async def create_task(
    body: TaskIn,
    access: Writer,
    session: SessionDep,
    response: Response,
) -> Task:
    """Ask for something to be done; without an assignee it is for whoever asks."""
    task = await use_cases.create_task(session, access, body.model_dump(exclude_unset=True))
    tag(response, task)
    return task


@router.post("/batch", response_model=BatchOut)
async def write_tasks(body: BatchIn[TaskIn], access: Writer, session: SessionDep) -> BatchOut:
    """Create tasks, or change those that an external id names; each item has its result."""

    async def one(item: TaskIn) -> Task:
        values = item.model_dump(exclude_unset=True)
        task, _ = await use_cases.write_task(session, access, values)
        return task

    return await run_batch(session, body.items, one, atomic=body.atomic)


@router.get("/{task_id}", response_model=TaskOut, responses=responses(TaskNotFoundError))
async def get_task(
    task_id: UUID, access: Reader, session: ReadSessionDep, response: Response
) -> Task:
    """Return a task within one's scope, a closed one too."""
    task = await queries.get_task(session, access, task_id)
    await follow(session, [task], LISTING.fields)
    tag(response, task)
    return task


@router.patch(
    "/{task_id}",
    response_model=TaskOut,
    responses=responses(TaskNotFoundError, *REFUSALS),
)
async def update_task(
    task_id: UUID,
    body: TaskChangeIn,
    expected: IfMatch,
    access: Writer,
    session: SessionDep,
    response: Response,
) -> Task:
    """Change a task: what is not sent stays. Another time begins its reminders anew."""
    task = await queries.get_task(session, access, task_id)
    check_revision(task, expected)
    values = body.model_dump(exclude_unset=True)
    await use_cases.update_task(session, access, task, values)
    tag(response, task)
    return task


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=TaskOut,
    responses=responses(*REFUSALS),
)
async def upsert_task(
    system: Annotated[str, Path(pattern=r"^[\w.-]{1,64}$")],
    external_id: Annotated[str, Path(min_length=1, max_length=200)],
    body: TaskFields,
    access: Writer,
    session: SessionDep,
    response: Response,
) -> Task:
    """Create or change the task that another system knows by this id."""
    values = {
        **body.model_dump(exclude_unset=True),
        "source_system": system,
        "external_id": external_id,
    }
    task, is_new = await use_cases.write_task(session, access, values)
    response.status_code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
    tag(response, task)
    return task


@router.post(
    "/{task_id}/complete",
    response_model=TaskOut,
    responses=responses(TaskNotFoundError, TaskClosedError),
)
async def complete_task(
    task_id: UUID, expected: IfMatch, access: Writer, session: SessionDep, response: Response
) -> Task:
    """Say that a task was done; refused when it is closed already."""
    task = await queries.get_task(session, access, task_id)
    check_revision(task, expected)
    await use_cases.complete_task(session, task)
    tag(response, task)
    return task


@router.post(
    "/{task_id}/cancel",
    response_model=TaskOut,
    responses=responses(TaskNotFoundError, TaskClosedError),
)
async def cancel_task(
    task_id: UUID, expected: IfMatch, access: Writer, session: SessionDep, response: Response
) -> Task:
    """Call a task off: it stays to be read. Refused when it is closed already."""
    task = await queries.get_task(session, access, task_id)
    check_revision(task, expected)
    await use_cases.cancel_task(session, task)
    tag(response, task)
    return task


@router.post(
    "/{task_id}/reopen",
    response_model=TaskOut,
    responses=responses(TaskNotFoundError, TaskOpenError),
)
async def reopen_task(
    task_id: UUID, expected: IfMatch, access: Writer, session: SessionDep, response: Response
) -> Task:
    """Make a closed task something to do again."""
    task = await queries.get_task(session, access, task_id)
    check_revision(task, expected)
    await use_cases.reopen_task(session, task)
    tag(response, task)
    return task
