"""Figures of every customer in one statement, and of whom they differ from what was told."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.queries import IS_PURCHASE
from crm_reporting.contributions.rules import Part
from crm_reporting.customers.models import CustomerFigures
from crm_reporting.ledger.models import Projection
from crm_reporting.metrics.rules.classes import UNTIL_A, UNTIL_B
from crm_reporting.metrics.rules.customers import WINDOW_DAYS
from crm_reporting.rates.queries import rated
from crm_reporting.rebuilds.use_cases import Basis
from crm_shared.clock import local_day, utc_now

LATE_AFTER_DAYS, LATE_WITHIN_DAYS = 30, 365
# an event may have been recorded so long before it was counted
ON_THE_WAY = timedelta(minutes=1)
# a busy system is never at rest; an import leaves hundreds waiting
ON_THE_WAY_MOST = 25
BREAKS_AFTER: Final = Decimal(2)
FIGURES: Final = (
    "is_company", "currency", "abc_class", "state", "purchases", "first_purchase_on",
    "last_purchase_on", "purchase_sum", "purchase_sum_year", "average_check", "lifetime_value",
    "unconverted", "purchase_interval", "rhythm_broken", "on_time_share", "late_invoices",
)  # fmt: skip
_OF_WON = f"part = {int(Part.WON)} AND customer IS NOT NULL AND product IS NULL"
# Money at the rate of its day; what has none is counted apart and adds nothing.
_RATED = rated("c.currency", "c.day")
_COUNTED = f"""
WITH sale AS (
    SELECT coalesce(survivor_id, customer) AS customer, c.company IS NOT NULL AS is_company,
           c.day, c.amount AS told, c.amount * {_RATED} AS amount
    FROM contributions c LEFT JOIN aliases ON loser_id = c.customer
    WHERE {_OF_WON} AND c.{IS_PURCHASE} AND c.day <= :today
), profit AS (
    SELECT coalesce(survivor_id, customer) AS customer, count(*) AS known,
           sum(c.amount * {_RATED}) AS profit
    FROM contributions c LEFT JOIN aliases ON loser_id = c.customer
    WHERE part = {int(Part.PROFIT)} AND customer IS NOT NULL AND product IS NULL
          AND c.{IS_PURCHASE}
          AND c.day <= :today
    GROUP BY 1
), bought AS (
    SELECT customer, bool_or(is_company) AS is_company, count(*) AS purchases,
           min(day) AS first, max(day) AS last, count(DISTINCT day) AS days,
           coalesce(sum(amount), 0) AS purchase_sum,
           coalesce(sum(amount) FILTER (WHERE day >= :since), 0) AS lately,
           sum(amount) / nullif(count(*) FILTER (WHERE amount <> 0), 0) AS average,
           count(*) FILTER (WHERE told IS NOT NULL AND amount IS NULL) AS unconverted
    FROM sale GROUP BY customer
), gap AS (
    SELECT customer, day - lag(day) OVER (PARTITION BY customer ORDER BY day) AS days
    FROM (SELECT DISTINCT customer, day FROM sale) AS visit
), rhythm AS (
    SELECT customer, (percentile_disc(0.5) WITHIN GROUP (ORDER BY days)
                      + percentile_disc(0.5) WITHIN GROUP (ORDER BY days DESC)) / 2.0 AS median
    FROM gap WHERE days IS NOT NULL GROUP BY customer
), ranked AS (
    SELECT *, sum(greatest(lately, 0)) OVER () AS whole,
           coalesce(sum(greatest(lately, 0)) OVER (
               ORDER BY lately DESC, first, customer::text
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM bought
), bill AS (
    SELECT coalesce(survivor_id, customer) AS customer, bool_or(company IS NOT NULL) AS is_company,
           round(100.0 * count(*) FILTER (WHERE passed) / count(*), 2) AS on_time,
           count(*) FILTER (WHERE c.day >= :late_since AND (measure > {LATE_AFTER_DAYS}
               OR NOT passed AND measure IS NULL AND :today - c.day > {LATE_AFTER_DAYS}
                  -- credited or written off since: nobody waits for it any more
                  AND EXISTS (SELECT FROM contributions owed
                      WHERE owed.subject_id = c.subject_id AND owed.part = {int(Part.OVERDUE)}
                            AND owed.until_day IS NULL))) AS late
    FROM contributions c LEFT JOIN aliases ON loser_id = c.customer
    WHERE part = {int(Part.INVOICE_DUE)} AND customer IS NOT NULL AND c.day < :today
    GROUP BY 1
), counted AS (
    SELECT customer AS customer_id, coalesce(ranked.is_company, bill.is_company) AS is_company,
           :currency AS currency,
           CASE WHEN last IS NULL OR last < :since THEN 'N' WHEN lately <= 0 THEN 'C'
                WHEN before * 100 < whole * {UNTIL_A} THEN 'A'
                WHEN before * 100 < whole * {UNTIL_B} THEN 'B'
                ELSE 'C' END AS abc_class,
           CASE WHEN last IS NULL THEN 'none' WHEN last >= :since THEN 'active'
                ELSE 'churned' END AS state,
           coalesce(purchases, 0)::int AS purchases, first AS first_purchase_on,
           last AS last_purchase_on, round(coalesce(purchase_sum, 0), 2) AS purchase_sum,
           round(coalesce(lately, 0), 2) AS purchase_sum_year, round(average, 2) AS average_check,
           -- of a sale whose costs nobody knows, nobody knows what it brought
           CASE WHEN profit.known = purchases AND unconverted = 0
                THEN round(profit.profit, 2) END AS lifetime_value,
           coalesce(unconverted, 0)::int AS unconverted,
           CASE WHEN days > 1 THEN round((last - first)::numeric / (days - 1), 2) END
               AS purchase_interval,
           :today - last > median * {BREAKS_AFTER} AS rhythm_broken,
           on_time AS on_time_share, coalesce(late, 0)::int AS late_invoices
    FROM ranked LEFT JOIN profit USING (customer) LEFT JOIN rhythm USING (customer)
    FULL JOIN bill USING (customer)
)
"""  # noqa: S608 our own names and numbers
# Who bought and no longer did (a merge, a void deal) is told once more, with nothing.
_NOTHING = {
    "abc_class": "'N'", "state": "'none'", "purchases": "0", "purchase_sum": "0::numeric",
    "purchase_sum_year": "0::numeric", "unconverted": "0", "late_invoices": "0",
}  # fmt: skip
_NOW = ", ".join(
    f"CASE WHEN counted.customer_id IS NULL THEN {_NOTHING.get(name, 'NULL')}"
    f" ELSE counted.{name} END AS {name}"
    if name not in ("is_company", "currency")
    else f"coalesce(counted.{name}, told.{name}) AS {name}"
    for name in FIGURES
)
_BEFORE = ", ".join(f"told.{name} AS was_{name}" for name in FIGURES)
_DIFFERS = "({}) IS DISTINCT FROM ({})".format(
    ", ".join(f"differing.{name}" for name in FIGURES),
    ", ".join(f"differing.was_{name}" for name in FIGURES),
)
_CHANGED = text(f"""
{_COUNTED}, differing AS (
    SELECT coalesce(counted.customer_id, told.customer_id) AS customer_id, told.id, told.revision,
           told.updated_at, {_NOW}, {_BEFORE}
    FROM counted FULL JOIN customer_figures told ON told.customer_id = counted.customer_id
)
SELECT * FROM differing WHERE id IS NULL OR {_DIFFERS} ORDER BY customer_id
""")  # noqa: S608 our own names and numbers
_BY_HAND = text(f"""
SELECT DISTINCT coalesce(survivor_id, customer)
FROM deal_facts fact JOIN ledger
     ON ledger.recorded_at = fact.recorded_at AND ledger.event_id = fact.event_id
JOIN contributions c ON c.subject_id = fact.deal_id
LEFT JOIN aliases ON loser_id = customer
WHERE fact.recorded_at > :since AND {_OF_WON}
      AND NOT coalesce((envelope ->> 'bulk')::boolean, false)
      AND coalesce(survivor_id, customer) = ANY(:customers)
""")  # noqa: S608 our own numbers
_LIVE = _BY_HAND.bindparams(bindparam("customers", type_=ARRAY(Uuid())))
_WRITTEN = text("""
SELECT relid, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables
WHERE schemaname = 'public' AND relname IN ('contributions', 'aliases', 'rates') ORDER BY relname
""")
_BULK_SINCE = text("""
SELECT EXISTS (SELECT FROM ledger WHERE recorded_at > :since AND publisher = 'deals'
               AND coalesce((envelope ->> 'bulk')::boolean, false))
""")


_RATES_SINCE = text("""
SELECT EXISTS (SELECT FROM rates WHERE updated_at > :since)
       OR EXISTS (SELECT FROM ledger WHERE recorded_at > :since AND publisher = 'reporting'
                  AND split_part(type, '.', 3) = 'rate')
""")


# in another currency, or by other rules, everybody's figures are others
_REBUILT_SINCE = text("SELECT EXISTS (SELECT FROM rebuilds WHERE ended_at > :since)")


async def changed_figures(
    session: AsyncSession, basis: Basis, portion: int
) -> AsyncIterator[Sequence[Row[Any]]]:
    """Yield portions of customers whose figures are not what was told: these, before as `was_…`.

    Costs a row a purchase, once however many customers there are.
    """
    today = local_day(utc_now(), basis.zone)
    asked = {
        "currency": basis.currency,
        "today": today,
        "since": _window(today),
        "late_since": today - timedelta(days=LATE_AFTER_DAYS + LATE_WITHIN_DAYS),
    }
    # it may take longer than a request may
    await session.execute(text("SET LOCAL statement_timeout = 0"))
    found = await session.stream(_CHANGED, asked, execution_options={"yield_per": portion})
    async for rows in found.partitions():
        yield rows


async def state_of_inputs(session: AsyncSession, basis: Basis) -> tuple[Any, ...]:
    """Return some numbers that stay as long as nothing that the figures follow from changed.

    PostgreSQL's own count of what was ever written, which says nothing of what it was.
    """
    found = (await session.execute(_WRITTEN)).all()
    return (local_day(utc_now(), basis.zone), basis, *(tuple(row) for row in found))


def _window(today: date) -> date:
    """The first day of the window that ends with today, as in figures of a period's end."""
    return today - timedelta(days=WINDOW_DAYS - 1)


async def last_told(session: AsyncSession) -> datetime | None:
    """Return since when events are news to what was told last; None when nothing ever was."""
    found = await session.scalar(select(func.max(CustomerFigures.updated_at)))
    return None if found is None else found - ON_THE_WAY


async def all_at_once(session: AsyncSession, since: datetime) -> bool:
    """Tell whether deals changed in bulk, a rate did, or all was counted anew since a moment."""
    for asked in (_BULK_SINCE, _RATES_SINCE, _REBUILT_SINCE):
        if await session.scalar(asked, {"since": since}):
            return True
    return False


async def changed_live(
    session: AsyncSession, customers: Sequence[UUID], since: datetime
) -> set[UUID]:
    """Return of whom somebody moved or changed a won deal by hand since a moment."""
    return set(await session.scalars(_LIVE, {"customers": list(customers), "since": since}))


async def is_behind(session: AsyncSession) -> bool:
    """Tell whether more events wait to be counted than are on their way at any moment."""
    waiting = select(func.coalesce(func.sum(Projection.pending), 0))
    return (await session.scalar(waiting) or 0) > ON_THE_WAY_MOST
