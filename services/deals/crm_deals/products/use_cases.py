"""What can be done to a product."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.customs.catalogue import BOOK
from crm_deals.events import (
    ProductArrived,
    ProductCreated,
    ProductDeleted,
    ProductFacts,
    ProductUpdated,
)
from crm_deals.products import queries
from crm_deals.products.errors import ProductExternalIdTakenError, SkuTakenError
from crm_deals.products.models import Product
from crm_shared import context
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.ids import new_id
from crm_shared.money import plainly

Put = Literal["created", "updated", "unchanged"]


async def create_product(
    session: AsyncSession, values: Mapping[str, Any], *, currency: str
) -> Product:
    """Add a product to the catalogue and announce it; `currency` when the values name none."""
    # files name the options of custom fields by what they are called
    settled = await BOOK.settled(session, "product", values, by_label=context.current().bulk)
    product = Product(
        id=new_id(), **{"currency": currency, "is_active": True, "suggestions": [], **settled}
    )
    await _check(session, product)
    session.add(product)
    await outbox.record(
        session, product, ProductCreated(product=_facts(product), changed=[], previous={})
    )
    return product


async def update_product(
    session: AsyncSession, product: Product, values: Mapping[str, Any], *, expected: int | None
) -> bool:
    """Change a product and announce it; tells whether anything changed."""
    if expected not in (None, product.revision):
        raise ChangedMeanwhileError
    by_label = context.current().bulk
    settled = await BOOK.settled(session, "product", values, product, by_label=by_label)
    for name, value in settled.items():
        setattr(product, name, value)
    changes = outbox.changes_of(product, ProductFacts)
    if not changes:
        return False
    await _check(session, product)
    event = ProductUpdated(
        product=_facts(product), changed=changes.changed, previous=plainly(changes.previous)
    )
    await outbox.record(session, product, event)
    return True


async def note_arrival(session: AsyncSession, product: Product) -> None:
    """Note that a product has come, and announce it."""
    product.arrived_at = utc_now()
    event = ProductArrived(product=_facts(product), changed=["arrived_at"], previous={})
    await outbox.record(session, product, event)


async def delete_product(session: AsyncSession, product_id: UUID, *, expected: int | None) -> None:
    """Take a product out of the catalogue; deals that hold it keep it."""
    product = await queries.get_product(session, product_id)
    if expected not in (None, product.revision):
        raise ChangedMeanwhileError
    product.deleted_at = utc_now()
    event = ProductDeleted(product=_facts(product), changed=["deleted_at"], previous={})
    await outbox.record(session, product, event)


async def put_product(
    session: AsyncSession, named: tuple[str, str], values: Mapping[str, Any], *, currency: str
) -> tuple[Product, Put]:
    """Create or change the product that another system knows under this id."""
    system, external_id = named
    known = await queries.find_product_by_external_id(session, system, external_id)
    if known is None:
        identified = {**values, "source_system": system, "external_id": external_id}
        return await create_product(session, identified, currency=currency), "created"
    # taken out on purpose: a sync that still has it must not bring it back
    if known.deleted_at is not None:
        raise ProductExternalIdTakenError
    changed = await update_product(session, known, values, expected=None)
    return known, "updated" if changed else "unchanged"


async def _check(session: AsyncSession, product: Product) -> None:
    # asked before the index refuses, which could not name the field
    if await queries.is_sku_taken(session, product):
        raise SkuTakenError


def _facts(product: Product) -> ProductFacts:
    return ProductFacts.model_validate(product, from_attributes=True)
