"""What can be done to a price list."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.events import (
    PriceListCreated,
    PriceListDeleted,
    PriceListFacts,
    PriceListUpdated,
)
from crm_deals.price_lists import queries
from crm_deals.price_lists.errors import (
    PriceListDaysError,
    PriceListExternalIdTakenError,
    PriceListLabelTakenError,
)
from crm_deals.price_lists.models import PriceList
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.ids import new_id

Put = Literal["created", "updated", "unchanged"]


async def create_price_list(session: AsyncSession, values: Mapping[str, Any]) -> PriceList:
    """Add a price list to the dictionary and announce it."""
    usual = {"tax_included": False, "is_active": True, "prices": []}
    price_list = PriceList(id=new_id(), **{**usual, **values})
    await _check(session, price_list)
    session.add(price_list)
    await outbox.record(
        session,
        price_list,
        PriceListCreated(price_list=_facts(price_list), changed=[], previous={}),
    )
    return price_list


async def update_price_list(
    session: AsyncSession,
    price_list: PriceList,
    values: Mapping[str, Any],
    *,
    expected: int | None,
) -> bool:
    """Change a price list and announce it; tells whether anything changed."""
    if expected not in (None, price_list.revision):
        raise ChangedMeanwhileError
    for name, value in values.items():
        setattr(price_list, name, value)
    # of both days as they stand now: a change may name one of them
    _check_days(price_list)
    changes = outbox.changes_of(price_list, PriceListFacts)
    if not changes:
        return False
    await _check(session, price_list)
    event = PriceListUpdated(
        price_list=_facts(price_list), changed=changes.changed, previous=changes.previous
    )
    await outbox.record(session, price_list, event)
    return True


async def delete_price_list(
    session: AsyncSession, price_list_id: UUID, *, expected: int | None
) -> None:
    """Take a price list out of the dictionary; deals that name it keep it."""
    price_list = await queries.get_price_list(session, price_list_id)
    if expected not in (None, price_list.revision):
        raise ChangedMeanwhileError
    price_list.deleted_at = utc_now()
    event = PriceListDeleted(price_list=_facts(price_list), changed=["deleted_at"], previous={})
    await outbox.record(session, price_list, event)


async def put_price_list(
    session: AsyncSession, named: tuple[str, str], values: Mapping[str, Any]
) -> tuple[PriceList, Put]:
    """Create or change the price list that another system knows under this id."""
    system, external_id = named
    known = await queries.find_price_list_by_external_id(session, system, external_id)
    if known is None:
        identified = {**values, "source_system": system, "external_id": external_id}
        return await create_price_list(session, identified), "created"
    if known.deleted_at is not None:
        raise PriceListExternalIdTakenError
    changed = await update_price_list(session, known, values, expected=None)
    return known, "updated" if changed else "unchanged"


async def _check(session: AsyncSession, price_list: PriceList) -> None:
    if await queries.is_label_taken(session, price_list):
        raise PriceListLabelTakenError


def _check_days(price_list: PriceList) -> None:
    begin, end = price_list.valid_from, price_list.valid_until
    if begin is not None and end is not None and end < begin:
        raise PriceListDaysError


def _facts(price_list: PriceList) -> PriceListFacts:
    return PriceListFacts.model_validate(price_list, from_attributes=True)
