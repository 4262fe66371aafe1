"""Every SELECT of the price lists feature."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.price_lists.errors import PriceListNotFoundError
from crm_deals.price_lists.models import PriceList


def all_price_lists() -> Select[PriceList]:
    """Select the price lists that may be named."""
    return select(PriceList).where(PriceList.deleted_at.is_(None))


async def get_price_list(session: AsyncSession, price_list_id: UUID) -> PriceList:
    """Return one price list, deleted ones excluded."""
    price_list = await session.scalar(all_price_lists().where(PriceList.id == price_list_id))
    if price_list is None:
        raise PriceListNotFoundError(price_list_id)
    return price_list


async def find_price_list_by_external_id(
    session: AsyncSession, system: str, external_id: str
) -> PriceList | None:
    """Return the price list that another system knows under this id, be it deleted."""
    return await session.scalar(
        select(PriceList).where(
            PriceList.source_system == system, PriceList.external_id == external_id
        )
    )


async def is_label_taken(session: AsyncSession, price_list: PriceList) -> bool:
    """Tell whether another price list has this label."""
    other = all_price_lists().where(
        PriceList.label == price_list.label, PriceList.id != price_list.id
    )
    return await session.scalar(other.limit(1)) is not None


async def find_price_list(session: AsyncSession, price_list_id: UUID) -> PriceList | None:
    """Return one price list, be it deleted."""
    return await session.get(PriceList, price_list_id)
