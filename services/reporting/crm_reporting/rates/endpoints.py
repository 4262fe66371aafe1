"""Routes of rates by date (G4)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from crm_reporting.permissions import READ_RATES, WRITE_RATES
from crm_reporting.rates import queries, use_cases
from crm_reporting.rates.errors import RateNotFoundError
from crm_reporting.rates.fields import RATES
from crm_reporting.rates.schemas import RateOut, RatesIn, RatesSetOut
from crm_reporting.rates.use_cases import RateOf
from crm_shared.errors import InvalidError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision
from crm_shared.http.pagination import ListQuery, Page, SearchIn, list_page, search_query
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep

router = service_router(prefix="/v1/rates", tags=["rates"])
Reading = [require(READ_RATES)]
Writing = [require(WRITE_RATES)]


@router.get("", response_model=Page[RateOut], dependencies=Reading)
async def list_rates(session: ReadSessionDep, query: Annotated[ListQuery, Depends(RATES)]) -> Any:
    """List the rates, the newest day first."""
    return await list_page(session, queries.all_rates(), query)


@router.post("/search", response_model=Page[RateOut], dependencies=Reading)
async def search_rates(session: ReadSessionDep, body: SearchIn) -> Any:
    """Search by a filter tree of and, or, not."""
    return await list_page(session, queries.all_rates(), search_query(body, RATES))


@router.put("", response_model=RatesSetOut, dependencies=Writing, responses=responses(InvalidError))
async def set_rates(session: SessionDep, settings: SettingsDep, body: RatesIn) -> Any:
    """Enter up to 500 rates, all or none; the rate of a day that has one is replaced.

    A fact takes the rate of its own business day, else the last one before it; without one it is
    in no total and stands under `unconverted`. Figures follow at once, those of the past as well.
    """
    given = [
        RateOf(one.currency, one.quote or settings.currency, one.day, one.rate)
        for one in body.rates
    ]
    return await use_cases.set_rates(session, given)


@router.delete(
    "/{rate_id}",
    status_code=204,
    dependencies=Writing,
    responses=responses(RateNotFoundError),
)
async def delete_rate(rate_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Take a rate back: the last one before its day holds again."""
    row = await queries.get_rate(session, rate_id)
    check_revision(row, expected)
    await use_cases.delete_rate(session, row)
