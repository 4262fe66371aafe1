"""Routes of the price lists feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from crm_deals.permissions import READ_CONFIGURATION, WRITE_CONFIGURATION
from crm_deals.price_lists import queries, use_cases
from crm_deals.price_lists.errors import (
    PriceListExternalIdTakenError,
    PriceListLabelTakenError,
    PriceListNotFoundError,
)
from crm_deals.price_lists.fields import PRICE_LIST_LISTING
from crm_deals.price_lists.models import PriceList
from crm_deals.price_lists.schemas import PatchPriceListIn, PriceListIn, PriceListOut
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/price-lists", tags=["price_lists"])
Reading = [require(READ_CONFIGURATION)]
Writing = [require(WRITE_CONFIGURATION)]


@router.get(
    "", response_model=Page[PriceListOut], dependencies=Reading, operation_id="list_price_lists"
)
async def list_price_lists(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(PRICE_LIST_LISTING)]
) -> Rows[PriceList]:
    """List the price lists that may be named."""
    return await list_page(session, queries.all_price_lists(), query)


@router.post(
    "",
    response_model=PriceListOut,
    status_code=201,
    dependencies=Writing,
    responses=responses(PriceListLabelTakenError),
    operation_id="create_price_list",
)
async def create_price_list(
    session: SessionDep, body: PriceListIn, response: Response
) -> PriceList:
    """Add a price list; deals in its currency may take it."""
    price_list = await use_cases.create_price_list(session, body.given())
    response.headers["Location"] = f"/v1/price-lists/{price_list.id}"
    tag(response, price_list)
    return price_list


@router.get(
    "/{price_list_id}",
    response_model=PriceListOut,
    dependencies=Reading,
    responses=responses(PriceListNotFoundError),
    operation_id="get_price_list",
)
async def get_price_list(
    price_list_id: UUID, session: ReadSessionDep, response: Response
) -> PriceList:
    """Read one price list."""
    price_list = await queries.get_price_list(session, price_list_id)
    tag(response, price_list)
    return price_list


@router.patch(
    "/{price_list_id}",
    response_model=PriceListOut,
    dependencies=Writing,
    responses=responses(PriceListNotFoundError, PriceListLabelTakenError, ChangedMeanwhileError),
    operation_id="update_price_list",
)
async def update_price_list(
    price_list_id: UUID,
    body: PatchPriceListIn,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> PriceList:
    """Change a price list; lines that were priced by it stay as they are."""
    price_list = await queries.get_price_list(session, price_list_id)
    values = body.given()
    await use_cases.update_price_list(session, price_list, values, expected=expected)
    tag(response, price_list)
    return price_list


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=PriceListOut,
    dependencies=Writing,
    responses=responses(PriceListLabelTakenError, PriceListExternalIdTakenError),
    operation_id="put_price_list",
)
async def put_price_list(
    system: str, external_id: str, body: PriceListIn, session: SessionDep, response: Response
) -> PriceList:
    """Create or change the price list that another system knows under this id."""
    values = body.given()
    price_list, result = await use_cases.put_price_list(session, (system, external_id), values)
    response.status_code = 201 if result == "created" else 200
    response.headers["Crm-Result"] = result
    tag(response, price_list)
    return price_list


@router.delete(
    "/{price_list_id}",
    status_code=204,
    dependencies=Writing,
    responses=responses(PriceListNotFoundError, ChangedMeanwhileError),
    operation_id="delete_price_list",
)
async def delete_price_list(price_list_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Take a price list out of the dictionary; deals keep it."""
    await use_cases.delete_price_list(session, price_list_id, expected=expected)
