"""What is kept of customers, and of whom nothing that is kept may be told."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.queries import IS_PURCHASE
from crm_reporting.contributions.rules import Part
from crm_reporting.summaries.models import Deed
from crm_shared.db.driver import driver_for_reading

# Who was merged is one with others, who is stale is not summed yet; their rows are read instead.
UNKEPT = """
    SELECT loser_id AS customer FROM aliases WHERE survivor_id <> loser_id
    UNION SELECT survivor_id FROM aliases WHERE survivor_id <> loser_id
    UNION SELECT customer FROM stale_customers
"""
# Money of several currencies cannot be added up before it is converted, day by day.
_IN_OTHERS = """
    UNION SELECT customer FROM customer_days
    WHERE deed = $1 AND currency <> $2 AND day = opened_on
"""
_UNTIL = (
    "(SELECT day, total, days, amount FROM customer_days kept "
    "WHERE kept.deed = $1 AND kept.currency = $2 AND kept.customer = first.customer "
    "AND kept.day < {} AND {} ORDER BY kept.day DESC LIMIT 1)"
)
# A look at the index for each of three days, however much a customer did between them; of the
# customer's year two of them are the same.
_SUMS = f"""
SELECT first.customer, first.opened_on, upto.day, before.day, upto.days, upto.total,
       upto.total - coalesce(before.total, 0), upto.amount - coalesce(before.amount, 0),
       upto.amount - coalesce(CASE WHEN $5 = $3 THEN before.amount ELSE early.amount END, 0),
       first.opening
FROM customer_days first
CROSS JOIN LATERAL {_UNTIL.format("$4", "true")} AS upto
LEFT JOIN LATERAL {_UNTIL.format("$3", "true")} AS before ON true
LEFT JOIN LATERAL {_UNTIL.format("$5", "$5 <> $3")} AS early ON true
WHERE first.deed = $1 AND first.currency = $2 AND first.day = first.opened_on AND first.day < $4
      AND first.customer <> ALL($6::uuid[])
"""  # noqa: S608 - names of our own columns


class Until(NamedTuple):
    """What a customer did until a day: the fields of a Buyer."""

    customer: UUID
    first: date
    last: date
    last_before: date | None
    days: int
    total: int
    now: int
    amount: Decimal
    lately: Decimal
    opening: Decimal


async def unkept(
    session: AsyncSession, deed: Deed = Deed.CONTACTED, currency: str = ""
) -> Sequence[UUID]:
    """Return of whom the rows must be read; whoever is not among them was summed as he is.

    Of a deed with money that is also who did it in another currency.
    Asked before what is kept: who gets stale between is told as he was when this was asked.
    """
    connection = await driver_for_reading(session)
    found = await connection.fetch(UNKEPT + _IN_OTHERS, int(deed), currency)
    return [row[0] for row in found]


async def sums_until(
    session: AsyncSession,
    deed: Deed,
    currency: str,
    days: tuple[date, date, date],
    besides: Sequence[UUID],
) -> list[Any]:
    """Return everybody's sums until a day: since another one, and since an earlier one (`lately`).

    `days` are the start, the end and the beginning of the time before the end that is `lately`.
    The rows are what Until tells, in its order.
    """
    start, end, early = days
    connection = await driver_for_reading(session)
    found: list[Any] = await connection.fetch(
        _SUMS, int(deed), currency, start, end, early, list(besides)
    )
    return found


_FIRST = f"""
SELECT customer, (SELECT min(at) FROM contributions
                  WHERE contributions.customer = first.customer AND part = {Part.WON:d}
                        AND product IS NULL AND {IS_PURCHASE})
FROM customer_days first
WHERE deed = {Deed.BOUGHT:d} AND day = opened_on AND customer <> ALL($3::uuid[])
GROUP BY customer HAVING min(opened_on) >= $1 AND min(opened_on) < $2
"""  # noqa: S608 - numbers of our own parts


async def first_bought(
    session: AsyncSession, start: date, end: date, besides: Sequence[UUID]
) -> list[Any]:
    """Return who bought first on one of these days, and when."""
    connection = await driver_for_reading(session)
    found: list[Any] = await connection.fetch(_FIRST, start, end, list(besides))
    return found
