"""Reading rates."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.db.driver import driver_for_reading

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
