"""Every SELECT of the products feature."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.products.errors import ProductNotFoundError
from crm_deals.products.models import Product


def all_products() -> Select[Product]:
    """Select the products of the catalogue."""
    return select(Product).where(Product.deleted_at.is_(None))


async def get_product(session: AsyncSession, product_id: UUID) -> Product:
    """Return one product, deleted ones excluded."""
    product = await session.scalar(all_products().where(Product.id == product_id))
    if product is None:
        raise ProductNotFoundError(product_id)
    return product


async def find_product_by_external_id(
    session: AsyncSession, system: str, external_id: str
) -> Product | None:
    """Return the product that another system knows under this id, be it deleted."""
    return await session.scalar(
        select(Product).where(Product.source_system == system, Product.external_id == external_id)
    )


async def products_by_id(
    session: AsyncSession, ids: Collection[UUID], *, held: Collection[UUID] = ()
) -> dict[UUID, Product]:
    """Return those of the products that exist; of those `held` the deleted ones too."""
    if not ids:
        return {}
    known = or_(Product.deleted_at.is_(None), Product.id.in_(sorted(held)))
    found = await session.scalars(select(Product).where(Product.id.in_(sorted(ids)), known))
    return {product.id: product for product in found}


async def is_sku_taken(session: AsyncSession, product: Product) -> bool:
    """Tell whether another product has this SKU."""
    if product.sku is None:
        return False
    other = all_products().where(Product.sku == product.sku, Product.id != product.id)
    return await session.scalar(other.limit(1)) is not None
