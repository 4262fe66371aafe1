"""Routes of the rules of pay."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response

from crm_reporting.inputs.errors import InputNotFoundError
from crm_reporting.pay_rules import queries, use_cases
from crm_reporting.pay_rules.errors import MonthClosedError
from crm_reporting.pay_rules.fields import PAY_RULES
from crm_reporting.pay_rules.schemas import PayRuleIn, PayRuleOut
from crm_reporting.permissions import READ_INPUTS, WRITE_INPUTS
from crm_shared.clock import local_day, utc_now
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.pagination import ListQuery, Page, SearchIn, list_page, search_query
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep

router = service_router(prefix="/v1/pay-rules", tags=["pay rules"])
Reading = [require(READ_INPUTS)]
Writing = [require(WRITE_INPUTS)]


@router.get("", response_model=Page[PayRuleOut], dependencies=Reading)
async def list_pay_rules(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(PAY_RULES)]
) -> Any:
    """List by which figures pay follows (K70)."""
    return await list_page(session, queries.rules_in_force(), query)


@router.post("/search", response_model=Page[PayRuleOut], dependencies=Reading)
async def search_pay_rules(session: ReadSessionDep, body: SearchIn) -> Any:
    """Search by a filter tree of and, or, not."""
    return await list_page(session, queries.rules_in_force(), search_query(body, PAY_RULES))


@router.post("", response_model=PayRuleOut, status_code=201, dependencies=Writing)
async def create_pay_rule(session: SessionDep, body: PayRuleIn, response: Response) -> Any:
    """Say what a role or a person earns by a figure, from a month on.

    `rate` is percent of money, or so much of `currency` for each one. Below `threshold` nothing
    is earned; from a step on, in percent of the person's plan for the figure, its rate holds for
    the whole. A rule of a person stands in place of his role's for the same figure.
    """
    row = await use_cases.enter_rule(session, _values(body))
    response.headers["Location"] = f"/v1/pay-rules/{row.id}"
    tag(response, row)
    return row


@router.get(
    "/{pay_rule_id}",
    response_model=PayRuleOut,
    dependencies=Reading,
    responses=responses(InputNotFoundError),
)
async def get_pay_rule(pay_rule_id: UUID, session: ReadSessionDep, response: Response) -> Any:
    """Read one of the rules of pay."""
    row = await queries.get_rule(session, pay_rule_id)
    tag(response, row)
    return row


@router.put(
    "/{pay_rule_id}",
    response_model=PayRuleOut,
    dependencies=Writing,
    responses=responses(InputNotFoundError, ChangedMeanwhileError, MonthClosedError),
)
async def replace_pay_rule(
    pay_rule_id: UUID,
    body: PayRuleIn,
    expected: IfMatch,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Any:
    """End a rule, or correct it while none of its months is over."""
    row = await queries.get_rule(session, pay_rule_id)
    today = local_day(utc_now(), settings.zone)
    await use_cases.replace_rule(session, row, _values(body), expected=expected, today=today)
    tag(response, row)
    return row


@router.delete(
    "/{pay_rule_id}",
    status_code=204,
    dependencies=Writing,
    responses=responses(InputNotFoundError, ChangedMeanwhileError),
)
async def delete_pay_rule(pay_rule_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Take a rule back; no month is reckoned by it any more, unless asked for `as_of` before."""
    row = await queries.get_rule(session, pay_rule_id)
    await use_cases.withdraw_rule(session, row, expected=expected)


def _values(body: PayRuleIn) -> dict[str, Any]:
    steps = [{name: str(value) for name, value in step} for step in body.steps]
    return {**body.model_dump(), "steps": steps}
