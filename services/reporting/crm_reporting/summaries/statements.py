"""Summing what customers did: of some of them, or of all in a rebuild, by the same statements."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.queries import IS_PURCHASE
from crm_reporting.contributions.rules import Part
from crm_reporting.database import PROJECTOR_LOCK
from crm_reporting.metrics.rules.customers import SHORTEST_CALL_S, WINDOW_DAYS
from crm_reporting.summaries.models import Busy, Deed
from crm_reporting.summaries.rules import BUSY_STAYS, Touched
from crm_shared.db.driver import driver_of
from crm_shared.ids import new_id

# beside the keys of database.py: one replica sums at a time
_SUMMING = 102
_TRY = "SELECT pg_try_advisory_xact_lock($1, $2)"
_MARK = """
INSERT INTO stale_customers (customer, batch, since, spans)
SELECT customer, $1, since, spans FROM unnest($2::uuid[], $3::date[], $4::bool[])
    AS came (customer, since, spans)
"""
# Only marks that are seen go: what comes meanwhile brings its own, and stays.
_TAKE = """
DELETE FROM stale_customers WHERE customer IN (
    SELECT DISTINCT customer FROM (SELECT customer FROM stale_customers LIMIT $1) AS waiting
) RETURNING customer, since, spans
"""
_SPOKEN = f"part = {Part.CALL:d} AND passed AND measure >= {SHORTEST_CALL_S}"
_CLOSED = f"part IN ({Part.WON:d}, {Part.LOST:d})"
_TOUCHED = "unnest($1::uuid[], $2::date[]) AS touched (customer, since)"
# of one customer, a part at a time: so the index of what customers did is enough
_OF_TOUCHED = (
    f"FROM {_TOUCHED} JOIN contributions USING (customer) "
    "WHERE product IS NULL AND day >= since AND at >= since - 2"
)
_OF_ALL = "FROM contributions WHERE product IS NULL AND customer IS NOT NULL"
_UNTIL = """LEFT JOIN LATERAL (
    SELECT * FROM customer_days kept
    WHERE kept.deed = told.deed AND kept.currency = told.currency
          AND kept.customer = told.customer AND kept.day < told.since
    ORDER BY kept.day DESC LIMIT 1
) AS before ON true"""
_NOTHING_BEFORE = """CROSS JOIN (SELECT NULL::int AS total, NULL::int AS days,
    NULL::numeric AS amount, NULL::date AS opened_on, NULL::numeric AS opening) AS before"""


def _days(rows: str, since: str, before: str) -> str:
    return f"""
INSERT INTO customer_days
    (deed, currency, customer, day, total, days, amount, opened_on, opening)
WITH row AS (
    SELECT {Deed.BOUGHT:d} AS deed, customer, {since} AS since, day, at, subject_id, currency,
           amount {rows} AND part = {Part.WON:d} AND {IS_PURCHASE}
    UNION ALL
    SELECT {Deed.PROFITED:d}, customer, {since}, day, at, subject_id, currency, amount
           {rows} AND part = {Part.PROFIT:d} AND {IS_PURCHASE}
    UNION ALL
    SELECT {Deed.CONTACTED:d}, customer, {since}, day, at, subject_id, '', NULL
           {rows} AND part IN ({Part.ACTIVITY:d}, {Part.CALL:d})
           AND (part = {Part.ACTIVITY:d} OR {_SPOKEN})
), told AS (
    SELECT deed, currency, customer, since, day, count(*) AS total,
           coalesce(sum(amount), 0) AS amount,
           coalesce((array_agg(amount ORDER BY at, subject_id))[1], 0) AS opening
    FROM row GROUP BY deed, currency, customer, since, day
)
SELECT told.deed, told.currency, told.customer, told.day,
       coalesce(before.total, 0) + sum(told.total) OVER until,
       coalesce(before.days, 0) + count(*) OVER until,
       coalesce(before.amount, 0) + sum(told.amount) OVER until,
       coalesce(before.opened_on, first_value(told.day) OVER until),
       coalesce(before.opening, first_value(told.opening) OVER until)
FROM told {before}
WINDOW until AS (PARTITION BY told.deed, told.currency, told.customer ORDER BY told.day)
"""  # noqa: S608 - numbers of our own parts


def _decisions(rows: str, since: str, zone: str) -> str:
    """A closing of which all closings of the customer before must be known, whatever is asked."""
    first = " UNION ALL ".join(
        "SELECT min(at) AS at FROM contributions contact "  # noqa: S608 - our own parts
        "WHERE contact.customer = closing.customer AND contact.product IS NULL "
        f"AND contact.at <= closing.at AND contact.at > closing.before AND {condition}"
        for condition in (
            f"part = {Part.LEAD:d}",
            f"part = {Part.ACTIVITY:d}",
            _SPOKEN,
        )
    )
    return f"""
INSERT INTO decisions (customer, subject_id, part, day, days)
WITH closing AS (
    SELECT customer, subject_id, part, day, at, {since} AS since,
           coalesce(lag(at) OVER (PARTITION BY customer ORDER BY at, subject_id), '-infinity')
               AS before
    {rows} AND {_CLOSED}
)
SELECT customer, subject_id, part, day,
       extract(epoch FROM timezone({zone}, closing.at) - timezone({zone}, first.at)) / 86400
FROM closing, LATERAL (SELECT min(at) AS at FROM ({first}) AS found) AS first
WHERE day >= since
-- one that came to this day since others were forgotten: its own mark is still there
ON CONFLICT DO NOTHING
"""  # noqa: S608 - numbers of our own parts


def _spans(only: str) -> str:
    stays = ", ".join(str(int(part)) for part in sorted(BUSY_STAYS))
    rows = f"FROM contributions WHERE product IS NULL AND customer IS NOT NULL {only}"
    bought = (
        f"daterange(day, day + {WINDOW_DAYS}) AS days {rows} "
        f"AND part = {Part.WON:d} AND {IS_PURCHASE}"
    )
    return f"""
INSERT INTO busy_spans (kind, customer, start, until)
SELECT kind, customer, lower(one), upper(one) FROM (
    SELECT kind, customer, range_agg(days) AS days FROM (
        SELECT {Busy.IN_WORK:d} AS kind, customer, daterange(day, until_day) AS days
        {rows} AND part IN ({stays})
        UNION ALL SELECT {Busy.IN_WORK:d}, customer, {bought}
        UNION ALL SELECT {Busy.ACTIVE_BUYER:d}, customer, {bought}
    ) AS busy GROUP BY kind, customer
) AS summed, unnest(days) AS one
"""  # noqa: S608 - numbers of our own parts


_ALL_CLOSINGS = f"FROM {_TOUCHED} JOIN contributions USING (customer) WHERE product IS NULL"
_DAYS_OF_SOME = _days(_OF_TOUCHED, "since", _UNTIL)
_DECISIONS_OF_SOME = _decisions(_ALL_CLOSINGS, "since", "$3::text")
_SPANS_OF_SOME = _spans("AND customer = ANY($1::uuid[])")
_ALWAYS = "'-infinity'::date"
_DAYS_OF_ALL = _days(_OF_ALL, _ALWAYS, _NOTHING_BEFORE)
_DECISIONS_OF_ALL = _decisions(_OF_ALL, _ALWAYS, "$1::text")
_SPANS_OF_ALL = _spans("")
_FORGET = [
    f"DELETE FROM {table} USING {_TOUCHED} "  # noqa: S608 - names of our own tables
    f"WHERE {table}.customer = touched.customer AND day >= since"
    for table in ("customer_days", "decisions")
]


async def mark(session: AsyncSession, customers: Mapping[UUID, Touched]) -> None:
    """Note whose sums are to be made anew, in the transaction that changes his rows."""
    since = [one.since for one in customers.values()]
    spans = [one.spans for one in customers.values()]
    await driver_of(session).execute(_MARK, new_id(), list(customers), since, spans)


async def sum_days(session: AsyncSession, _zone: ZoneInfo) -> None:
    """Sum what everybody did into a table that is empty yet, as a rebuild has it."""
    await driver_of(session).execute(_DAYS_OF_ALL)


async def sum_decisions(session: AsyncSession, zone: ZoneInfo) -> None:
    """Time all decisions, as a rebuild does."""
    await driver_of(session).execute(_DECISIONS_OF_ALL, zone.key)


async def sum_spans(session: AsyncSession, _zone: ZoneInfo) -> None:
    """Join the days on which everybody was in work, as a rebuild does."""
    await driver_of(session).execute(_SPANS_OF_ALL)


SUMS = (sum_days, sum_decisions, sum_spans)


async def take_stale(session: AsyncSession, *, most: int) -> Mapping[UUID, Touched]:
    """Take marks off some customers; nothing while another replica does."""
    connection = driver_of(session)
    if not await connection.fetchval(_TRY, PROJECTOR_LOCK, _SUMMING):
        return {}
    found: dict[UUID, Touched] = {}
    for customer, since, spans in await connection.fetch(_TAKE, most):
        found[customer] = found.get(customer, Touched()).join(Touched(since, spans))
    return found


async def sum_anew(
    session: AsyncSession, customers: Mapping[UUID, Touched], zone: ZoneInfo
) -> None:
    """Sum some customers anew, from the day on that changed."""
    connection = driver_of(session)
    dated = [(customer, one.since) for customer, one in customers.items() if one.since is not None]
    if dated:
        asked: Sequence[Any] = list(zip(*dated, strict=True))
        for statement in (*_FORGET, _DAYS_OF_SOME):
            await connection.execute(statement, *asked)
        await connection.execute(_DECISIONS_OF_SOME, *asked, zone.key)
    busy = [customer for customer, one in customers.items() if one.spans]
    if busy:
        await connection.execute("DELETE FROM busy_spans WHERE customer = ANY($1::uuid[])", busy)
        await connection.execute(_SPANS_OF_SOME, busy)
