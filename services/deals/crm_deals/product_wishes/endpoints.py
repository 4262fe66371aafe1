"""Routes of the product wishes feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from crm_deals.permissions import READ_DEALS, WRITE_DEALS
from crm_deals.product_wishes import queries, use_cases
from crm_deals.product_wishes.errors import (
    WishExistsError,
    WishNotFoundError,
    WishOutsideScopeError,
    WishOverError,
)
from crm_deals.product_wishes.fields import WISH_LISTING
from crm_deals.product_wishes.models import ProductWish
from crm_deals.product_wishes.schemas import WishIn, WishOut
from crm_deals.products.errors import ProductNotFoundError
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, SearchIn, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/product-wishes", tags=["products"])
ReadAccess = Annotated[Access, require(READ_DEALS)]
WriteAccess = Annotated[Access, require(WRITE_DEALS)]


@router.get("", response_model=Page[WishOut], operation_id="list_product_wishes")
async def list_wishes(
    access: ReadAccess,
    session: ReadSessionDep,
    query: Annotated[ListQuery, Depends(WISH_LISTING)],
) -> Rows[ProductWish]:
    """List who waits for which product: `product_id=…&status=waiting`."""
    return await list_page(session, queries.visible_wishes(access), query)


@router.post("/search", response_model=Page[WishOut], operation_id="search_product_wishes")
async def search_wishes(
    body: SearchIn, access: ReadAccess, session: ReadSessionDep
) -> Rows[ProductWish]:
    """List who waits for which product by a filter tree."""
    return await list_page(session, queries.visible_wishes(access), WISH_LISTING.search(body))


@router.post(
    "",
    response_model=WishOut,
    status_code=201,
    responses=responses(ProductNotFoundError, WishExistsError, WishOutsideScopeError),
    operation_id="create_product_wish",
)
async def make_wish(
    body: WishIn, access: WriteAccess, session: SessionDep, response: Response
) -> ProductWish:
    """Note that a client wants to hear when a product comes."""
    wish = await use_cases.make_wish(session, access, **body.model_dump())
    tag(response, wish)
    return wish


@router.post(
    "/{wish_id}/withdraw",
    response_model=WishOut,
    responses=responses(WishNotFoundError, WishOverError),
    operation_id="withdraw_product_wish",
)
async def withdraw_wish(
    wish_id: UUID, access: WriteAccess, expected: IfMatch, session: SessionDep, response: Response
) -> ProductWish:
    """Take a wish back: he is not told when the product comes."""
    wish = await queries.hold_wish(session, access, wish_id)
    check_revision(wish, expected)
    wish = await use_cases.withdraw_wish(session, wish)
    tag(response, wish)
    return wish
