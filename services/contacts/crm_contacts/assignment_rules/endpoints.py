"""Routes of the assignment rules feature."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response, status

from crm_contacts.assignment_rules import queries, use_cases
from crm_contacts.assignment_rules.errors import AssignmentRuleNotFoundError, NobodyNamedError
from crm_contacts.assignment_rules.fields import FIELDS, SORT
from crm_contacts.assignment_rules.models import AssignmentRule, AssignmentRun
from crm_contacts.assignment_rules.schemas import (
    ApplyIn,
    AssignmentRuleChangeIn,
    AssignmentRuleIn,
    AssignmentRuleOut,
    RunOut,
)
from crm_contacts.assignment_rules.use_cases import Order
from crm_contacts.permissions import (
    APPLY_ASSIGNMENT_RULES,
    READ_ASSIGNMENT_RULES,
    WRITE_ASSIGNMENT_RULES,
)
from crm_contacts.settings import SettingsDep
from crm_shared.actor import Access
from crm_shared.clock import local_day, utc_now
from crm_shared.context import as_bulk
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, SearchIn, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/assignment-rules", tags=["assignment rules"])
LISTING = listing(FIELDS, sort=SORT)
READ = [require(READ_ASSIGNMENT_RULES)]
WRITE = [require(WRITE_ASSIGNMENT_RULES)]


@router.get("", response_model=Page[AssignmentRuleOut], dependencies=READ)
async def list_assignment_rules(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[AssignmentRule]:
    """List assignment rules."""
    return await list_page(session, queries.all_assignment_rules(), query)


@router.post("/search", response_model=Page[AssignmentRuleOut], dependencies=READ)
async def search_assignment_rules(body: SearchIn, session: ReadSessionDep) -> Rows[AssignmentRule]:
    """List assignment rules by a filter tree."""
    return await list_page(session, queries.all_assignment_rules(), LISTING.search(body))


@router.post(
    "",
    response_model=AssignmentRuleOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(NobodyNamedError),
    dependencies=WRITE,
)
async def create_assignment_rule(
    body: AssignmentRuleIn, session: SessionDep, response: Response
) -> AssignmentRule:
    """Write a rule that gives new records without an owner to somebody."""
    rule = await use_cases.create_assignment_rule(session, body.model_dump(exclude_unset=True))
    tag(response, rule)
    return rule


@router.get(
    "/{rule_id}",
    response_model=AssignmentRuleOut,
    responses=responses(AssignmentRuleNotFoundError),
    dependencies=READ,
)
async def get_assignment_rule(
    rule_id: UUID, session: ReadSessionDep, response: Response
) -> AssignmentRule:
    """Return an assignment rule."""
    rule = await queries.get_assignment_rule(session, rule_id)
    tag(response, rule)
    return rule


@router.get(
    "/{rule_id}/runs",
    response_model=list[RunOut],
    responses=responses(AssignmentRuleNotFoundError),
    dependencies=READ,
)
async def list_assignment_rule_runs(
    rule_id: UUID,
    session: ReadSessionDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Sequence[AssignmentRun]:
    """List what a rule gave to whom and why, and why it gave nothing; the newest first."""
    await queries.get_assignment_rule(session, rule_id)
    return await queries.list_runs(session, rule_id, limit=limit)


@router.patch(
    "/{rule_id}",
    response_model=AssignmentRuleOut,
    responses=responses(AssignmentRuleNotFoundError, NobodyNamedError),
    dependencies=WRITE,
)
async def update_assignment_rule(
    rule_id: UUID,
    body: AssignmentRuleChangeIn,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> AssignmentRule:
    """Change an assignment rule."""
    rule = await queries.get_assignment_rule(session, rule_id)
    check_revision(rule, expected)
    await use_cases.update_assignment_rule(session, rule, body.model_dump(exclude_unset=True))
    tag(response, rule)
    return rule


@router.delete(
    "/{rule_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(AssignmentRuleNotFoundError),
    dependencies=WRITE,
)
async def delete_assignment_rule(rule_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Remove an assignment rule; what it gave stays."""
    rule = await queries.get_assignment_rule(session, rule_id)
    check_revision(rule, expected)
    await use_cases.delete_assignment_rule(session, rule)


@router.post(
    "/{rule_id}/apply",
    response_model=list[RunOut],
    responses=responses(AssignmentRuleNotFoundError),
)
async def apply_assignment_rule(
    rule_id: UUID,
    body: ApplyIn,
    access: Annotated[Access, require(APPLY_ASSIGNMENT_RULES)],
    session: SessionDep,
    settings: SettingsDep,
) -> list[AssignmentRun]:
    """Give up to 500 records away by a rule at once; each has its result, in their order."""
    rule = await queries.get_assignment_rule(session, rule_id)
    today = local_day(utc_now(), settings.zone)
    orders = [
        Order(rule.noun, row_id, today, only_unowned=body.only_unowned)
        for row_id in dict.fromkeys(body.ids)
    ]
    with as_bulk():
        return await use_cases.apply_to_many(session, access, rule, orders)
