"""Routes of the products feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from crm_deals.permissions import READ_CONFIGURATION, WRITE_CONFIGURATION
from crm_deals.products import queries, use_cases
from crm_deals.products.errors import (
    ProductExternalIdTakenError,
    ProductNotFoundError,
    SkuTakenError,
)
from crm_deals.products.fields import PRODUCT_LISTING
from crm_deals.products.models import Product
from crm_deals.products.schemas import PatchProductIn, ProductIn, ProductOut
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.batch import BatchIn, BatchOut, run_batch
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep

router = service_router(prefix="/v1/products", tags=["products"])
Reading = [require(READ_CONFIGURATION)]
Writing = [require(WRITE_CONFIGURATION)]


@router.get("", response_model=Page[ProductOut], dependencies=Reading, operation_id="list_products")
async def list_products(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(PRODUCT_LISTING)]
) -> Rows[Product]:
    """List what is sold: `category=Chairs&price[lte]=100`."""
    return await list_page(session, queries.all_products(), query)


@router.post(
    "",
    response_model=ProductOut,
    status_code=201,
    dependencies=Writing,
    responses=responses(SkuTakenError),
    operation_id="create_product",
)
async def create_product(
    session: SessionDep, body: ProductIn, response: Response, settings: SettingsDep
) -> Product:
    """Add a product to the catalogue."""
    product = await use_cases.create_product(session, body.given(), currency=settings.currency)
    response.headers["Location"] = f"/v1/products/{product.id}"
    tag(response, product)
    return product


@router.post(
    "/batch", response_model=BatchOut, dependencies=Writing, operation_id="create_products"
)
async def create_products(
    session: SessionDep, body: BatchIn[ProductIn], settings: SettingsDep
) -> BatchOut:
    """Add up to 500 products: a result for each, or with `atomic` all or none."""

    async def one(item: ProductIn) -> Product:
        values = item.given()
        return await use_cases.create_product(session, values, currency=settings.currency)

    return await run_batch(session, body.items, one, atomic=body.atomic)


@router.get(
    "/{product_id}",
    response_model=ProductOut,
    dependencies=Reading,
    responses=responses(ProductNotFoundError),
    operation_id="get_product",
)
async def get_product(product_id: UUID, session: ReadSessionDep, response: Response) -> Product:
    """Read one product."""
    product = await queries.get_product(session, product_id)
    tag(response, product)
    return product


@router.patch(
    "/{product_id}",
    response_model=ProductOut,
    dependencies=Writing,
    responses=responses(ProductNotFoundError, SkuTakenError, ChangedMeanwhileError),
    operation_id="update_product",
)
async def update_product(
    product_id: UUID,
    body: PatchProductIn,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> Product:
    """Change a product; deals keep the price they were made at."""
    product = await queries.get_product(session, product_id)
    values = body.given()
    await use_cases.update_product(session, product, values, expected=expected)
    tag(response, product)
    return product


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=ProductOut,
    dependencies=Writing,
    responses=responses(SkuTakenError, ProductExternalIdTakenError),
    operation_id="put_product",
)
async def put_product(
    system: str,
    external_id: str,
    body: ProductIn,
    session: SessionDep,
    response: Response,
    settings: SettingsDep,
) -> Product:
    """Create or change the product that another system knows under this id."""
    values = body.given()
    product, result = await use_cases.put_product(
        session, (system, external_id), values, currency=settings.currency
    )
    response.status_code = 201 if result == "created" else 200
    response.headers["Crm-Result"] = result
    tag(response, product)
    return product


@router.post(
    "/{product_id}/arrivals",
    response_model=ProductOut,
    dependencies=Writing,
    responses=responses(ProductNotFoundError),
    operation_id="note_product_arrival",
)
async def note_arrival(product_id: UUID, session: SessionDep, response: Response) -> Product:
    """Note that a product has come: whoever waited for it until now is told, once."""
    product = await queries.get_product(session, product_id)
    await use_cases.note_arrival(session, product)
    tag(response, product)
    return product


@router.delete(
    "/{product_id}",
    status_code=204,
    dependencies=Writing,
    responses=responses(ProductNotFoundError, ChangedMeanwhileError),
    operation_id="delete_product",
)
async def delete_product(product_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Take a product out of the catalogue; deals keep it."""
    await use_cases.delete_product(session, product_id, expected=expected)
