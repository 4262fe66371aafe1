"""Reading rates."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import DateTime, Select, bindparam, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.rates.errors import RateNotFoundError
from crm_reporting.rates.models import Rate
from crm_shared.db.driver import driver_for_reading

MOST_LISTED = 2000
_INTO = "SELECT currency, quote, day, rate FROM rates WHERE quote = $1 OR currency = $1"
# Rows that nobody touched since are what they were; what was corrected or taken back stands as its
# last event before then told it.
_THEN = """
    SELECT currency, quote, day, rate FROM public.rates WHERE updated_at <= :as_of
    UNION ALL
    SELECT currency, quote, day, rate FROM (
        SELECT DISTINCT ON (subject) subject, type, told.* FROM ledger,
            jsonb_to_record(envelope -> 'data' -> 'rate')
                AS told (currency varchar(3), quote varchar(3), day date, rate numeric(24, 12))
        WHERE split_part(type, '.', 3) = 'rate' AND recorded_at <= :as_of
        ORDER BY subject, revision DESC
    ) newest
    WHERE type NOT LIKE '%.deleted.%'
      AND subject NOT IN (SELECT id FROM public.rates WHERE updated_at <= :as_of)
"""
_AS_OF = bindparam("as_of", type_=DateTime(timezone=True))
_KNOWN = text(_THEN).bindparams(_AS_OF)
_HIDE = text("""
    CREATE TEMPORARY TABLE rates ON COMMIT DROP AS
    SELECT currency, quote, day, rate FROM public.rates WITH NO DATA
""")
_RECALL = text(f"INSERT INTO pg_temp.rates {_THEN}").bindparams(_AS_OF)

# of a rate read the other way as many places as are kept of amounts many times over
ONE = "1.000000000000000000000000000000"


def rated(own: str, day: str) -> str:
    """Return in SQL by what an amount is multiplied, as `Rates` tells; `:currency` is what into.

    `own` and `day` are columns or values; null without a rate.
    """
    told = f"FROM rates WHERE rates.currency = {own} AND rates.quote = :currency"
    turned = f"FROM rates WHERE rates.currency = :currency AND rates.quote = {own}"
    last = f"AND rates.day <= {day} ORDER BY rates.day DESC LIMIT 1"
    return (
        f"CASE WHEN {own} IN (:currency, '') THEN 1 WHEN EXISTS (SELECT {told}) "
        f"THEN (SELECT rate {told} {last}) ELSE (SELECT {ONE} / rate {turned} {last}) END"
    )


class Rates:
    """Rates into one currency: that of the business day, else the last one before it.

    Rows are `currency, quote, day, rate`. Where a pair was only told the other way round, it is
    read so: who entered what a euro costs in hryvnias may ask for euros.
    """

    def __init__(self, currency: str, rows: Iterable[tuple[str, str, date, Decimal]]) -> None:
        self.currency = currency
        told: dict[str, dict[date, Decimal]] = {}
        turned: dict[str, dict[date, Decimal]] = {}
        for code, quote, day, rate in rows:
            if quote == currency:
                told.setdefault(code, {})[day] = rate
            elif code == currency:
                turned.setdefault(quote, {})[day] = 1 / rate
        days = {code: sorted(known.items()) for code, known in (turned | told).items()}
        self._days = {code: [day for day, _rate in known] for code, known in days.items()}
        self._rates = {code: [rate for _day, rate in known] for code, known in days.items()}

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


async def rates_known(session: AsyncSession, currency: str, as_of: datetime) -> Rates:
    """Return the rates into a currency that were known at an instant."""
    found = await session.execute(_KNOWN, {"as_of": as_of})
    return Rates(currency, [(row.currency, row.quote, row.day, row.rate) for row in found])


async def recall_rates(session: AsyncSession, as_of: datetime) -> None:
    """Put the rates known at an instant in the place of the kept ones, for this transaction."""
    await session.execute(_HIDE)
    await session.execute(_RECALL, {"as_of": as_of})


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
