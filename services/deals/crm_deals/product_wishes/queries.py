"""Every SELECT of the product wishes feature."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, joinedload

from crm_deals.product_wishes.errors import WishNotFoundError
from crm_deals.product_wishes.models import ProductWish, WishStatus
from crm_deals.products.models import Product
from crm_shared.actor import Access
from crm_shared.db.scope import visible


def visible_wishes(access: Access) -> Select[ProductWish]:
    """Select the wishes that the caller may see."""
    seen = visible(access, ProductWish.owner_id, ProductWish.team_id)
    return select(ProductWish).where(ProductWish.deleted_at.is_(None), seen)


async def hold_wish(session: AsyncSession, access: Access, wish_id: UUID) -> ProductWish:
    """Return one wish that nobody else changes until the commit."""
    wanted = visible_wishes(access).where(ProductWish.id == wish_id)
    wanted = wanted.options(joinedload(ProductWish.product, innerjoin=True))
    # of the wish alone: the product is everybody's, and an arrival must not wait for a form
    wish = await session.scalar(wanted.with_for_update(of=ProductWish))
    if wish is None:
        raise WishNotFoundError(wish_id)
    return wish


async def take_fulfilled(session: AsyncSession, *, limit: int) -> list[ProductWish]:
    """Hold wishes whose product has come since; another worker takes others."""
    taken = (
        select(ProductWish)
        .join(ProductWish.product)
        .where(ProductWish.status == WishStatus.WAITING)
        .where(Product.arrived_at.is_not(None), ProductWish.created_at <= Product.arrived_at)
        .options(contains_eager(ProductWish.product))
        .order_by(ProductWish.id)
        .limit(limit)
        .with_for_update(of=ProductWish, skip_locked=True)
    )
    return list(await session.scalars(taken))


async def told_of(
    session: AsyncSession, product_ids: Collection[UUID], contact_ids: Collection[UUID]
) -> list[ProductWish]:
    """Return what these persons were told of these products at their last arrival."""
    if not contact_ids:
        return []
    found = (
        select(ProductWish)
        .join(ProductWish.product)
        .where(ProductWish.status == WishStatus.FULFILLED)
        .where(ProductWish.product_id.in_(product_ids), ProductWish.contact_id.in_(contact_ids))
        .where(ProductWish.fulfilled_at >= Product.arrived_at)
    )
    return list(await session.scalars(found))


async def waiting_of(session: AsyncSession, person_id: UUID) -> list[ProductWish]:
    """Hold what a person waits for."""
    found = select(ProductWish).where(
        ProductWish.contact_id == person_id, ProductWish.status == WishStatus.WAITING
    )
    found = found.options(joinedload(ProductWish.product, innerjoin=True))
    return list(await session.scalars(found.with_for_update(of=ProductWish)))
