"""How long customers decided, and how many contacts that took: K18, K19."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Numeric,
    Select,
    and_,
    cast,
    exists,
    extract,
    func,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.queries import IS_PURCHASE, is_purchase
from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.fields import CUSTOMER
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.queries.contacting import (
    among,
    contacts_of,
    days_of,
    of_part,
    rows_of_clients,
)
from crm_reporting.metrics.queries.spreads import RANKS, Spread, spread_of_row
from crm_reporting.metrics.rules.asks import Read
from crm_reporting.metrics.rules.customers import SHORTEST_CALL_S
from crm_reporting.summaries.models import Deed
from crm_reporting.summaries.queries import first_bought, unkept
from crm_shared.db.driver import driver_for_reading

DAY_SECONDS = 86_400


class Decisions(NamedTuple):
    """Closings of one outcome: how many, of how many a contact is known, and how long it took."""

    part: int
    closed: int
    days: Spread


class Effort(NamedTuple):
    """Contacts of one kind, with how many customers."""

    kind: str | None
    contacts: int
    customers: int


_IS_CONTACT = (
    f"part IN ({Part.ACTIVITY:d}, {Part.CALL:d}) "
    f"AND (part = {Part.ACTIVITY:d} OR passed AND measure >= {SHORTEST_CALL_S})"
)
_SPREAD = f"""
WITH told AS (
    SELECT part, days FROM decisions
    WHERE $1 AND part IN ({Part.WON:d}, {Part.LOST:d}) AND day >= $2 AND day < $3
          AND customer <> ALL($4::uuid[])
    UNION ALL SELECT * FROM unnest($5::smallint[], $6::numeric[])
)
SELECT part, count(*), count(days), sum(days),
       percentile_disc($7::float8[]) WITHIN GROUP (ORDER BY days)
FROM told GROUP BY part
"""  # noqa: S608 - numbers of our own parts


async def decision_times(session: AsyncSession, read: Read, zone: str) -> Sequence[Decisions]:
    """K18: days from the first contact after the customer's previous closing to the decision."""
    besides = await unkept(session) if read.is_of_all else []
    told: Sequence[Any] = []
    if besides or not read.is_of_all:
        told = (await session.execute(_decided(read, zone, besides))).all()
    connection = await driver_for_reading(session)
    days = (read.period.start, read.period.end)
    parts, lengths = [row[0] for row in told], [row[1] for row in told]
    found = await connection.fetch(
        _SPREAD, read.is_of_all, *days, besides, parts, lengths, list(RANKS)
    )
    return [Decisions(part, closed, spread_of_row(*row)) for part, closed, *row in found]


def _decided(read: Read, zone: str, only: Sequence[UUID]) -> Select[Any]:
    """Select part and days of every closing, of some customers or (with none) of all."""
    at = func.lag(Contribution.at).over(
        partition_by=CUSTOMER, order_by=(Contribution.at, Contribution.subject_id)
    )
    closing = (
        select(
            Contribution.subject_id, Contribution.part, Contribution.at, Contribution.day,
            CUSTOMER.label("customer"), at.label("before"), facts_where(read).label("is_asked"),
        )
        .where(
            Contribution.part.in_([int(Part.WON), int(Part.LOST)]),
            Contribution.product.is_(None),
            Contribution.customer.is_not(None),
            Contribution.day < read.period.end,
            *among(only),
        )
        .cte("closing")
    )  # fmt: skip
    contact = contacts_of(read, with_leads=True, only=only)
    decided = (
        select(closing.c.part, closing.c.at, func.min(contact.c.at).label("first"))
        .outerjoin(
            contact,
            and_(
                contact.c.customer == closing.c.customer,
                contact.c.at <= closing.c.at,
                or_(closing.c.before.is_(None), contact.c.at > closing.c.before),
            ),
        )
        .where(closing.c.is_asked, closing.c.day >= read.period.start)
        .group_by(closing.c.subject_id, closing.c.part, closing.c.at)
        .subquery()
    )
    return select(decided.c.part, _days(decided.c.first, decided.c.at, zone))


async def effort_before_win(session: AsyncSession, read: Read) -> tuple[int, Sequence[Effort]]:
    """K19: customers first won in a period, and the contacts with them before that, by kind."""
    won: Sequence[Any] = []
    besides: Sequence[UUID] = []
    if read.is_of_all:
        besides = await unkept(session)
        won = await first_bought(session, read.period.start, read.period.end, besides)
    if besides or not read.is_of_all:
        first = _first_wins(read, besides)
        won = [*won, *(await session.execute(select(first.c.customer, first.c.at))).all()]
    return len(won), await _effort(session, won)


# who is known to have bought goes first, so that few are looked up
_NEVER_BOUGHT = f"""
WITH lost AS (
    SELECT coalesce(survivor_id, customer) AS customer, max(at) AS at, max(day) AS day
    FROM contributions LEFT JOIN aliases ON loser_id = customer
    WHERE part = {Part.LOST:d} AND product IS NULL AND customer IS NOT NULL
          AND day >= $1 AND day < $2
    GROUP BY 1
)
SELECT customer, at, day FROM lost
WHERE customer NOT IN (
    SELECT customer FROM customer_days
    WHERE deed = {Deed.BOUGHT:d} AND day = opened_on AND day < $2 AND customer <> ALL($3::uuid[])
) AND (
    -- asked of each, by the index: joined, all sales of all times would be read
    SELECT true FROM contributions
    WHERE part = {Part.WON:d} AND product IS NULL AND day < $2 AND {IS_PURCHASE}
          AND customer = ANY(array_append(
              ARRAY(SELECT loser_id FROM aliases WHERE survivor_id = lost.customer), lost.customer))
    LIMIT 1
) IS NULL
"""  # noqa: S608 - numbers of our own parts


# all until the day before, and those of the day itself that came before the moment
_CONTACTS_UNTIL = f"""
SELECT coalesce(sum(coalesce((
    SELECT total FROM customer_days kept
    WHERE deed = {Deed.CONTACTED:d} AND currency = '' AND kept.customer = lost.customer
          AND kept.day < lost.day
    ORDER BY kept.day DESC LIMIT 1
), 0) + (
    SELECT count(*) FROM contributions contact
    WHERE contact.customer = lost.customer AND contact.day = lost.day AND product IS NULL
          AND contact.at >= lost.day - 2 AND contact.at < lost.at AND {_IS_CONTACT}
)), 0)
FROM unnest($1::uuid[], $2::timestamptz[], $3::date[]) AS lost (customer, at, day)
"""  # noqa: S608 - numbers of our own parts


async def effort_on_lost(session: AsyncSession, read: Read) -> int:
    """Count the contacts with customers who were lost in a period and never bought."""
    if read.is_of_all:
        besides = await unkept(session)
        connection = await driver_for_reading(session)
        days = (read.period.start, read.period.end)
        lost = await connection.fetch(_NEVER_BOUGHT, *days, besides)
        unknown = set(besides)
        rows: Sequence[Any] = [row for row in lost if row[0] in unknown]
        known = [row for row in lost if row[0] not in unknown]
        columns = ([row[place] for row in known] for place in range(3))
        kept = int(await connection.fetchval(_CONTACTS_UNTIL, *columns))
    else:
        rows, kept = (await session.execute(_never_bought(read))).all(), 0
    return kept + sum(one.contacts for one in await _effort(session, rows))


def _never_bought(read: Read) -> Select[Any]:
    end = read.period.end
    bought = rows_of_clients("bought", of_part(Part.WON), is_purchase(), Contribution.day < end)
    closed = rows_of_clients("closed", of_part(Part.LOST), days_of(read), facts_where(read))
    return (
        select(closed.c.customer, func.max(closed.c.at))
        .where(~exists().where(bought.c.customer == closed.c.customer))
        .group_by(closed.c.customer)
    )


# of each customer only what lies before the moment, found by the index of what customers did
_EFFORT = f"""
WITH won AS (
    SELECT customer, at, customer AS member FROM unnest($1::uuid[], $2::timestamptz[])
        AS told (customer, at)
    UNION ALL
    SELECT customer, at, loser_id FROM unnest($1::uuid[], $2::timestamptz[]) AS told (customer, at)
    JOIN aliases ON survivor_id = customer AND loser_id <> customer
)
SELECT CASE WHEN part = {Part.CALL:d} THEN 'call' ELSE kind END, count(*),
       count(DISTINCT won.customer)
FROM won JOIN contributions contact
     ON contact.customer = member AND contact.at < won.at AND product IS NULL
     AND {_IS_CONTACT}
GROUP BY 1
"""  # noqa: S608 - numbers of our own parts


async def _effort(session: AsyncSession, decided: Sequence[Any]) -> Sequence[Effort]:
    """Count the contacts with customers before a moment of each, by kind."""
    connection = await driver_for_reading(session)
    customers, moments = [row[0] for row in decided], [row[1] for row in decided]
    return [Effort(*row) for row in await connection.fetch(_EFFORT, customers, moments)]


def _first_wins(read: Read, only: Sequence[UUID]) -> CTE:
    bought = rows_of_clients(
        "bought",
        of_part(Part.WON),
        is_purchase(),
        Contribution.day < read.period.end,
        facts_where(read),
        *among(only),
    )
    return (
        select(bought.c.customer, func.min(bought.c.at).label("at"))
        .group_by(bought.c.customer)
        .having(func.min(bought.c.day) >= read.period.start)
        .cte("won")
    )


def _days(start: ColumnElement[Any], end: ColumnElement[Any], zone: str) -> ColumnElement[Any]:
    """Days by the wall clock, as all lengths are told."""
    span = func.timezone(zone, end) - func.timezone(zone, start)
    return cast(extract("epoch", span), Numeric) / DAY_SECONDS
