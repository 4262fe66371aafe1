"""Reading rates."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.rates.models import Rate


class Rates:
    """Rates into one currency: that of the business day, else the last one before it."""

    def __init__(self, currency: str, rows: Sequence[Rate]) -> None:
        self.currency = currency
        self._days: dict[str, list[date]] = {}
        self._rates: dict[str, list[Decimal]] = {}
        for row in rows:
            self._days.setdefault(row.currency, []).append(row.day)
            self._rates.setdefault(row.currency, []).append(row.rate)

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
    """Return all rates into a currency."""
    query = select(Rate).where(Rate.quote == currency).order_by(Rate.currency, Rate.day)
    return Rates(currency, list(await session.scalars(query)))
