"""Routes of marketing costs (F15)."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Response

from crm_reporting.inputs import queries, use_cases
from crm_reporting.inputs.errors import InputNotFoundError
from crm_reporting.inputs.fields import COSTS
from crm_reporting.inputs.models import Cost
from crm_reporting.inputs.rules.spreading import asked_span
from crm_reporting.inputs.schemas.given import CostIn
from crm_reporting.inputs.schemas.shown import CostOut, CostsOut, spread
from crm_reporting.metrics.errors import QuestionError
from crm_reporting.permissions import READ_COSTS, WRITE_COSTS
from crm_reporting.rates.queries import rates_into
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.pagination import ListQuery, Page, SearchIn, list_page, search_query
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep
from crm_shared.money import CURRENCIES

router = service_router(prefix="/v1/costs", tags=["costs"])
Reading = [require(READ_COSTS)]
Writing = [require(WRITE_COSTS)]


@router.get("", response_model=Page[CostOut], dependencies=Reading)
async def list_costs(session: ReadSessionDep, query: Annotated[ListQuery, Depends(COSTS)]) -> Any:
    """List the marketing costs."""
    return await list_page(session, queries.all_of(Cost), query)


@router.post("/search", response_model=Page[CostOut], dependencies=Reading)
async def search_costs(session: ReadSessionDep, body: SearchIn) -> Any:
    """Search by a filter tree of and, or, not."""
    return await list_page(session, queries.all_of(Cost), search_query(body, COSTS))


@router.post("", response_model=CostOut, status_code=201, dependencies=Writing)
async def create_cost(session: SessionDep, body: CostIn, response: Response) -> Any:
    """Enter a marketing cost; it is spread by days from its first to its last."""
    row = await use_cases.enter(session, use_cases.COST, body.model_dump())
    response.headers["Location"] = f"/v1/costs/{row.id}"
    tag(response, row)
    return row


@router.get("/spread", dependencies=Reading, responses=responses(QuestionError))
async def spread_costs(
    session: ReadSessionDep,
    settings: SettingsDep,
    start: Annotated[date, Query(alias="from")],
    end: Annotated[date, Query(alias="to", description="Not included")],
    by: Annotated[Literal["category", "channel", "purpose"], Query()] = "category",
    currency: Annotated[str | None, Query(max_length=3)] = None,
) -> CostsOut:
    """Tell what was spent in a time, by kind and by month (F15): spread by days, exactly.

    Costs in another currency take the rate of their first day, and stand apart without one.
    """
    code = currency or settings.currency
    if code not in CURRENCIES:
        raise QuestionError("currency", "unknown-currency", "Must be a currency of ISO 4217.")
    asked = asked_span(start, end)
    rows = await queries.costs_in(session, asked.first, asked.last)
    return spread(rows, asked, by, await rates_into(session, code))


@router.get(
    "/{cost_id}",
    response_model=CostOut,
    dependencies=Reading,
    responses=responses(InputNotFoundError),
)
async def get_cost(cost_id: UUID, session: ReadSessionDep, response: Response) -> Any:
    """Read one of the marketing costs."""
    row = await queries.get(session, queries.all_of(Cost), cost_id)
    tag(response, row)
    return row


@router.put(
    "/{cost_id}",
    response_model=CostOut,
    dependencies=Writing,
    responses=responses(InputNotFoundError, ChangedMeanwhileError),
)
async def replace_cost(
    cost_id: UUID, body: CostIn, expected: IfMatch, session: SessionDep, response: Response
) -> Any:
    """Correct it: every value is replaced; what it was stands in the event."""
    row = await queries.get(session, queries.all_of(Cost), cost_id)
    await use_cases.replace(session, use_cases.COST, row, body.model_dump(), expected=expected)
    tag(response, row)
    return row


@router.delete(
    "/{cost_id}",
    status_code=204,
    dependencies=Writing,
    responses=responses(InputNotFoundError, ChangedMeanwhileError),
)
async def delete_cost(cost_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Take it back; nothing counts it any more."""
    row = await queries.get(session, queries.all_of(Cost), cost_id)
    await use_cases.withdraw(session, use_cases.COST, row, expected=expected)
