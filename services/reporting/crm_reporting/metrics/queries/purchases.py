"""What each customer bought, summed by the database: one row a customer, merged ones as one."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Numeric,
    Select,
    and_,
    case,
    cast,
    distinct,
    exists,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.queries import is_purchase
from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.rules.asks import Read
from crm_reporting.metrics.rules.customers import WINDOW_DAYS, Buyer
from crm_reporting.rates.models import Rate
from crm_reporting.rates.queries import ONE
from crm_reporting.summaries.models import Deed
from crm_reporting.summaries.queries import sums_until, unkept
from crm_shared.db.infrastructure import ALIASES

Column = ColumnElement[Any]


async def buyers(
    session: AsyncSession, read: Read, currency: str, part: Part = Part.WON
) -> list[Buyer]:
    """Return everybody who bought before the period's end, money in one currency.

    With PROFIT the money is gross profit, of the sales whose costs are known.

    Costs a few looks at an index a customer where all are asked of, else a row a purchase.
    """
    if not read.is_of_all:
        return [Buyer(*row) for row in await session.execute(_statement(read, currency, part))]
    deed = Deed.BOUGHT if part is Part.WON else Deed.PROFITED
    besides = await unkept(session, deed, currency)
    days = (read.period.start, read.period.end, _window(read))
    found = [Buyer._make(row) for row in await sums_until(session, deed, currency, days, besides)]
    if besides:
        theirs = _statement(read, currency, part, besides)
        found += [Buyer(*row) for row in await session.execute(theirs)]
    return found


async def months_bought(
    session: AsyncSession, read: Read, until: date
) -> Sequence[tuple[date, date, int]]:
    """Count customers by the month of their first purchase, and by each month they bought in.

    First purchases lie in the period; those after it are read until a day, which is excluded.
    """
    customer = func.coalesce(ALIASES.c.survivor_id, Contribution.customer)
    sale = (
        select(
            customer.label("customer"),
            Contribution.day.label("day"),
            func.min(Contribution.day).over(partition_by=customer).label("first"),
        )
        .outerjoin(ALIASES, ALIASES.c.loser_id == Contribution.customer)
        .where(
            Contribution.part == int(Part.WON),
            is_purchase(),
            Contribution.customer.is_not(None),
            Contribution.day < until,
            facts_where(read),
        )
        .subquery()
    )
    first, month = (
        cast(func.date_trunc("month", day), Date).label(name)
        for day, name in ((sale.c.first, "cohort"), (sale.c.day, "month"))
    )
    found = await session.execute(
        select(first, month, func.count(distinct(sale.c.customer)))
        .where(sale.c.first >= read.period.start, sale.c.first < read.period.end)
        .group_by(first, month)
    )
    return [(row[0], row[1], row[2]) for row in found]


def _window(read: Read) -> date:
    return read.period.end - timedelta(days=WINDOW_DAYS)


def _statement(read: Read, currency: str, part: Part, only: Sequence[UUID] = ()) -> Select[Any]:
    start, end, window = read.period.start, read.period.end, _window(read)
    customer = func.coalesce(ALIASES.c.survivor_id, Contribution.customer)
    place = func.row_number().over(
        partition_by=customer, order_by=(Contribution.at, Contribution.subject_id)
    )
    sale = (
        select(
            customer.label("customer"),
            Contribution.day.label("day"),
            place.label("place"),
            (Contribution.amount * rate_into(currency)).label("amount"),
        )
        .outerjoin(ALIASES, ALIASES.c.loser_id == Contribution.customer)
        .where(
            Contribution.part == int(part),
            is_purchase(),
            Contribution.customer.in_(only) if only else Contribution.customer.is_not(None),
            Contribution.day < end,
            facts_where(read),
        )
        .subquery()
    )
    day = sale.c.day
    within = and_(day >= start, day < end)
    return select(
        sale.c.customer,
        func.min(day),
        func.max(day),
        func.max(day).filter(day < start),
        func.count(distinct(day)),
        func.count(),
        func.count().filter(within),
        _sum(sale.c.amount, within),
        _sum(sale.c.amount, day >= window),
        _sum(sale.c.amount, sale.c.place == 1),
    ).group_by(sale.c.customer)


def _sum(amount: Column, when: ColumnElement[bool]) -> Column:
    return func.coalesce(func.sum(amount).filter(when), 0)


def rate_into(currency: str) -> Column:
    """Return by what an amount of a row is multiplied: the rate of its day, null without one."""
    return rate_on(currency, Contribution.currency.expression, Contribution.day.expression)


def rate_on(currency: str, own: Column, day: Column) -> Column:
    """Return the rate of a currency on a day, null without one.

    As everywhere a pair that was only told the other way round is read so.
    """
    told = and_(Rate.currency == own, Rate.quote == currency)
    turned = and_(Rate.currency == currency, Rate.quote == own)

    def last(rate: Column, of: ColumnElement[bool]) -> Column:
        found = select(rate).where(of, Rate.day <= day).order_by(Rate.day.desc()).limit(1)
        return found.scalar_subquery()

    return case(
        (own == currency, literal(1, Numeric)),
        (exists().where(told), last(Rate.rate.expression, told)),
        else_=last(literal_column(ONE, Numeric) / Rate.rate, turned),
    )
