"""Reading rates."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.rates.errors import RateNotFoundError
from crm_reporting.rates.models import Rate
from crm_shared.db.driver import driver_for_reading

MOST_LISTED = 2000
_INTO = "SELECT currency, day, rate FROM rates WHERE quote = $1 ORDER BY currency, day"


class Rates:
    """Rates into one currency: that of the business day, else the last one before it."""

    def __init__(self, currency: str, rows: Iterable[tuple[str, date, Decimal]]) -> None:
        self.currency = currency
        self._days: dict[str, list[date]] = {}
        self._rates: dict[str, list[Decimal]] = {}
        for code, day, rate in rows:
            self._days.setdefault(code, []).append(day)
            self._rates.setdefault(code, []).append(rate)

    def __bool__(self) -> bool:
        return bool(self._days)

    def convert(self, currency: str, day: date | None) -> Decimal | None:
        """Return by what an amount of that day is multiplied, or None without a rate."""
        if currency == self.currency:
            return Decimal(1)
        if day is None or currency not in self._days:
            return None
        place = bisect_right(self._days[currency], day)
        return self._rates[currency][place - 1] if place else None


async def rates_into(session: AsyncSession, currency: str) -> Rates:
    """Return all rates into a currency; asked with every figure, so without the ORM."""
    connection = await driver_for_reading(session)
    return Rates(currency, await connection.fetch(_INTO, currency))


def all_rates() -> Select[Rate]:
    """Select every rate."""
    return select(Rate)


async def newest_rates(session: AsyncSession) -> Sequence[Rate]:
    """Return as many of the newest rates as a sheet of the workbook takes, the oldest first."""
    found = await session.scalars(all_rates().order_by(Rate.day.desc(), Rate.id).limit(MOST_LISTED))
    return found.all()[::-1]


async def get_rate(session: AsyncSession, rate_id: UUID) -> Rate:
    """Return one rate, or say that there is none."""
    row = await session.get(Rate, rate_id)
    if row is None:
        raise RateNotFoundError(rate_id)
    return row


async def rates_at(
    session: AsyncSession, places: Sequence[tuple[str, str, date]]
) -> dict[tuple[str, str, date], Rate]:
    """Return the rates of these currencies and days that are there, held until they are written."""
    place = tuple_(Rate.currency, Rate.quote, Rate.day)
    found = select(Rate).where(place.in_(places)).order_by(Rate.id).with_for_update()
    return {(row.currency, row.quote, row.day): row for row in await session.scalars(found)}
