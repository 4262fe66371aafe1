"""Routes of the task rules feature."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Query, Response, status
from sqlalchemy import Row

from crm_contacts.permissions import READ_TASK_RULES, WRITE_TASK_RULES
from crm_contacts.task_rules import queries, use_cases
from crm_contacts.task_rules.errors import (
    TaskRuleExistsError,
    TaskRuleNotFoundError,
    UnknownEventTypeError,
)
from crm_contacts.task_rules.fields import FIELDS, READABLE, SORT
from crm_contacts.task_rules.models import TaskRule
from crm_contacts.task_rules.schemas import RunOut, TaskRuleChangeIn, TaskRuleIn, TaskRuleOut
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, SearchIn, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/task-rules", tags=["task rules"])
LISTING = listing(FIELDS, sort=SORT)
REFUSALS = (TaskRuleExistsError, UnknownEventTypeError)


@router.get("", response_model=Page[TaskRuleOut], dependencies=[require(READ_TASK_RULES)])
async def list_task_rules(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[TaskRule]:
    """List task rules."""
    return await list_page(session, queries.all_task_rules(), query)


@router.post("/search", response_model=Page[TaskRuleOut], dependencies=[require(READ_TASK_RULES)])
async def search_task_rules(body: SearchIn, session: ReadSessionDep) -> Rows[TaskRule]:
    """List task rules by a filter tree."""
    return await list_page(session, queries.all_task_rules(), LISTING.search(body))


@router.post(
    "",
    response_model=TaskRuleOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(*REFUSALS),
    dependencies=[require(WRITE_TASK_RULES)],
)
async def create_task_rule(body: TaskRuleIn, session: SessionDep, response: Response) -> TaskRule:
    """Write a rule that makes tasks when an event comes."""
    values = body.model_dump(exclude_unset=True)
    rule = await use_cases.create_task_rule(session, values, readable=READABLE)
    tag(response, rule)
    return rule


@router.get(
    "/{rule_id}",
    response_model=TaskRuleOut,
    responses=responses(TaskRuleNotFoundError),
    dependencies=[require(READ_TASK_RULES)],
)
async def get_task_rule(rule_id: UUID, session: ReadSessionDep, response: Response) -> TaskRule:
    """Return a task rule."""
    rule = await queries.get_task_rule(session, rule_id)
    tag(response, rule)
    return rule


@router.get(
    "/{rule_id}/runs",
    response_model=list[RunOut],
    responses=responses(TaskRuleNotFoundError),
    dependencies=[require(READ_TASK_RULES)],
)
async def list_task_rule_runs(
    rule_id: UUID,
    session: ReadSessionDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[Row[Any]]:
    """List what a rule did with its last events, and why it did nothing."""
    await queries.get_task_rule(session, rule_id)
    return await queries.list_runs(session, rule_id, limit=limit)


@router.patch(
    "/{rule_id}",
    response_model=TaskRuleOut,
    responses=responses(TaskRuleNotFoundError, *REFUSALS),
    dependencies=[require(WRITE_TASK_RULES)],
)
async def update_task_rule(
    rule_id: UUID,
    body: TaskRuleChangeIn,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> TaskRule:
    """Change a task rule: what it made stays, and names the version (revision) that made it."""
    rule = await queries.get_task_rule(session, rule_id)
    check_revision(rule, expected)
    values = body.model_dump(exclude_unset=True)
    await use_cases.update_task_rule(session, rule, values, readable=READABLE)
    tag(response, rule)
    return rule


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=TaskRuleOut,
    responses=responses(*REFUSALS),
    dependencies=[require(WRITE_TASK_RULES)],
)
async def upsert_task_rule(
    system: Annotated[str, Path(pattern=r"^[\w.-]{1,64}$")],
    external_id: Annotated[str, Path(min_length=1, max_length=200)],
    body: TaskRuleIn,
    session: SessionDep,
    response: Response,
) -> TaskRule:
    """Create or change the task rule that another system knows by this id."""
    values = {
        **body.model_dump(exclude_unset=True),
        "source_system": system,
        "external_id": external_id,
    }
    rule, is_new = await use_cases.write_task_rule(session, values, readable=READABLE)
    response.status_code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
    tag(response, rule)
    return rule


@router.delete(
    "/{rule_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(TaskRuleNotFoundError),
    dependencies=[require(WRITE_TASK_RULES)],
)
async def delete_task_rule(rule_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Remove a task rule; the tasks it made stay."""
    rule = await queries.get_task_rule(session, rule_id)
    check_revision(rule, expected)
    await use_cases.delete_task_rule(session, rule)
