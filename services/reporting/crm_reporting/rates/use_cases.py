"""Entering rates."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.rates.models import Rate
from crm_shared.errors import FieldError, InvalidError


class RateOf(NamedTuple):
    """`rate` units of `quote` for one unit of `currency`, from `day` on."""

    currency: str
    quote: str
    day: date
    rate: Decimal


async def set_rates(session: AsyncSession, rates: Sequence[RateOf]) -> None:
    """Enter rates; one that was there is replaced. Counters need no rebuild for it."""
    wrong = [
        FieldError(f"/rates/{index}/rate", "not-positive", "A rate is greater than nought.")
        for index, rate in enumerate(rates)
        if rate.rate <= 0
    ]
    if wrong:
        raise InvalidError(*wrong)
    if rates:
        statement = insert(Rate).values([rate._asdict() for rate in rates])
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["currency", "quote", "day"],
                set_={"rate": statement.excluded.rate},
            )
        )
