"""Routes of plans and goals."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response

from crm_reporting.inputs import queries, use_cases
from crm_reporting.inputs.errors import (
    InputNotFoundError,
    NothingToComputeError,
    OutsideScopeError,
)
from crm_reporting.inputs.fields import PLANS
from crm_reporting.inputs.models import Plan
from crm_reporting.inputs.schemas.given import PlanIn
from crm_reporting.inputs.schemas.shown import AttainmentOut, PlanOut, attained
from crm_reporting.permissions import READ_PLANS, WRITE_PLANS
from crm_reporting.rebuilds.use_cases import Basis
from crm_shared.actor import Access
from crm_shared.clock import local_day, utc_now
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.hiding import FieldHiddenError
from crm_shared.http.pagination import ListQuery, Page, SearchIn, list_page, search_query
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep

router = service_router(prefix="/v1/plans", tags=["plans"])
Reader = Annotated[Access, require(READ_PLANS)]
Writer = Annotated[Access, require(WRITE_PLANS)]


async def _plan(plan_id: UUID, access: Writer, session: SessionDep) -> Plan:
    # before the body is read: outside one's scope there is nothing, whatever is sent
    found: Plan = await queries.get(session, queries.plans_within(access), plan_id)
    return found


@router.get("", response_model=Page[PlanOut])
async def list_plans(
    access: Reader, session: ReadSessionDep, query: Annotated[ListQuery, Depends(PLANS)]
) -> Any:
    """List plans and goals within one's scope."""
    return await list_page(session, queries.plans_within(access), query)


@router.post("/search", response_model=Page[PlanOut])
async def search_plans(access: Reader, session: ReadSessionDep, body: SearchIn) -> Any:
    """Search by a filter tree of and, or, not."""
    return await list_page(session, queries.plans_within(access), search_query(body, PLANS))


@router.post("", response_model=PlanOut, status_code=201, responses=responses(OutsideScopeError))
async def create_plan(access: Writer, session: SessionDep, body: PlanIn, response: Response) -> Any:
    """Set a plan or goal: of a user, a team, or the company (neither of them)."""
    _check(access, body)
    row = await use_cases.enter(session, use_cases.PLAN, body.model_dump())
    response.headers["Location"] = f"/v1/plans/{row.id}"
    tag(response, row)
    return row


@router.get(
    "/{plan_id}",
    response_model=PlanOut,
    responses=responses(InputNotFoundError),
)
async def get_plan(
    plan_id: UUID, access: Reader, session: ReadSessionDep, response: Response
) -> Any:
    """Read one of plans and goals within one's scope."""
    row = await queries.get(session, queries.plans_within(access), plan_id)
    tag(response, row)
    return row


@router.put(
    "/{plan_id}",
    response_model=PlanOut,
    responses=responses(InputNotFoundError, ChangedMeanwhileError, OutsideScopeError),
)
async def replace_plan(
    plan: Annotated[Plan, Depends(_plan)],
    body: PlanIn,
    access: Writer,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> Any:
    """Change a plan: every value is replaced; what it was before stands in the event.

    Attainment goes by the last plan, whenever it was changed.
    """
    _check(access, body)
    await use_cases.replace(session, use_cases.PLAN, plan, body.model_dump(), expected=expected)
    tag(response, plan)
    return plan


@router.delete(
    "/{plan_id}",
    status_code=204,
    responses=responses(InputNotFoundError, ChangedMeanwhileError),
)
async def delete_plan(
    plan_id: UUID, access: Writer, expected: IfMatch, session: SessionDep
) -> None:
    """Take it back; nothing counts it any more."""
    row = await queries.get(session, queries.plans_within(access), plan_id)
    await use_cases.withdraw(session, use_cases.PLAN, row, expected=expected)


@router.get(
    "/{plan_id}/attainment",
    responses=responses(InputNotFoundError, NothingToComputeError, FieldHiddenError),
)
async def tell_attainment(
    plan_id: UUID, access: Reader, session: ReadSessionDep, settings: SettingsDep
) -> AttainmentOut:
    """Tell how much of a plan is reached (K47), in percent, not capped, and at which pace.

    Where less is better it is plan / actual. Pace compares with the part of the plan that the
    working days gone by would ask for. The facts are those that the caller may see.
    """
    plan = await queries.get(session, queries.plans_within(access), plan_id)
    today = local_day(utc_now(), settings.zone)
    basis = Basis(settings.zone, settings.currency)
    return attained(plan, await use_cases.attain(session, plan, access, basis, today=today), today)


def _check(access: Access, body: PlanIn) -> None:
    if not access.may_see(body.owner_id, body.team_id):
        raise OutsideScopeError
