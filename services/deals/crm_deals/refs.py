"""What others may ask about deals and products: their names."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries as deals
from crm_deals.persons.queries import person_refs
from crm_deals.products import queries as products
from crm_shared.events.refs import RefItem


async def deal_refs(session: AsyncSession, ids: Sequence[UUID]) -> list[RefItem]:
    """Return the titles of deals."""
    return [
        RefItem(
            id=row.id,
            revision=row.revision,
            external_id=row.external_id,
            source_system=row.source_system,
            data={"title": row.title},
        )
        for row in await deals.list_titles(session, ids)
    ]


async def product_refs(session: AsyncSession, ids: Sequence[UUID]) -> list[RefItem]:
    """Return the labels of products."""
    return [
        RefItem(
            id=product.id,
            revision=product.revision,
            external_id=product.external_id,
            source_system=product.source_system,
            data={"label": product.label},
        )
        for product in (await products.products_by_id(session, ids)).values()
    ]


REFS = {"deal": deal_refs, "product": product_refs, "person": person_refs}
