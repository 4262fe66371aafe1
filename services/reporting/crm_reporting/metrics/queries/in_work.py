"""K27: whose customers were in work on how many days of a period, summed by the database."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.queries import IS_PURCHASE
from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.rules.asks import Ask, ids_asked, teams_of
from crm_reporting.metrics.rules.customers import WINDOW_DAYS
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.summaries.models import Busy
from crm_reporting.summaries.queries import unkept
from crm_reporting.summaries.rules import BUSY_STAYS

_STAYS = ", ".join(str(int(part)) for part in sorted(BUSY_STAYS))
_ONLY = "AND customer = ANY(CAST(:besides AS uuid[]))"
# Days in work and days owned are sets of days, and those that are both are counted: a customer
# with two open deals is one, and one who changed hands counts for each owner on his days.
_KEPT = """
        SELECT customer, range_agg(daterange(greatest(start, first), least(until, after))) AS days
        FROM busy_spans, asked
        WHERE kind = :kind AND start < after AND coalesce(until, after) > first
              AND customer <> ALL(CAST(:besides AS uuid[]))
        GROUP BY customer
"""
# Of whom nothing is kept (or may be: of a recalled time), his rows are read.
_CUT = "daterange(greatest(day, first), least({}, after)) AS days"
_FROM = """FROM asked, contributions LEFT JOIN aliases ON loser_id = customer
            WHERE customer IS NOT NULL AND product IS NULL {only} AND day < after"""
_ROWS = f"""
        SELECT customer, range_agg(days) AS days FROM (
            SELECT coalesce(survivor_id, customer) AS customer,
                   {_CUT.format("coalesce(until_day, after)")} {_FROM}
              AND part IN ({_STAYS}) AND :kind = {Busy.IN_WORK:d}
              AND coalesce(until_day, after) > first
            UNION ALL
            SELECT coalesce(survivor_id, customer), {_CUT.format(f"day + {WINDOW_DAYS}")} {_FROM}
              AND part = {Part.WON:d} AND {IS_PURCHASE} AND day + {WINDOW_DAYS} > first
        ) AS rows GROUP BY customer
"""  # noqa: S608 - numbers of our own parts


def _days(busy: str) -> TextClause:
    return text(f"""
    WITH asked AS (
        SELECT CAST(:start AS date) AS first, CAST(:end AS date) AS after
    ), busy AS (
        {busy}
    ), owned AS (
        SELECT coalesce(survivor_id, customer) AS customer, owner, team,
               range_agg(daterange(greatest(day, first),
                                   least(coalesce(until_day, after), after))) AS days
        FROM asked, contributions LEFT JOIN aliases ON loser_id = customer
        WHERE part = {Part.CLIENT_STAY:d} AND customer IS NOT NULL AND product IS NULL
          AND day < after AND coalesce(until_day, after) > first
          AND (CAST(:scope AS text) = 'all'
               OR (CAST(:scope AS text) = 'own' AND owner = CAST(:actor AS uuid))
               OR (CAST(:scope AS text) = 'team' AND team = ANY(CAST(:teams AS uuid[]))))
          AND (CAST(:owners AS uuid[]) IS NULL OR owner = ANY(CAST(:owners AS uuid[])))
          AND (CAST(:of_teams AS uuid[]) IS NULL OR team = ANY(CAST(:of_teams AS uuid[])))
        GROUP BY 1, 2, 3
    ), held AS (
        SELECT customer, owner, team, busy.days * owned.days AS days
        FROM owned JOIN busy USING (customer)
    ), counted AS (
        SELECT 1 AS kind, owner AS key, customer, range_agg(one) AS days
        FROM held, unnest(held.days) AS one GROUP BY owner, customer
        UNION ALL
        SELECT 2, team, customer, range_agg(one) FROM held, unnest(held.days) AS one
        GROUP BY team, customer
        UNION ALL
        SELECT 0, NULL, customer, range_agg(one) FROM held, unnest(held.days) AS one
        GROUP BY customer
        UNION ALL
        SELECT 3, NULL, customer, days FROM busy
        WHERE CAST(:scope AS text) = 'all' AND CAST(:owners AS uuid[]) IS NULL
          AND CAST(:of_teams AS uuid[]) IS NULL AND customer NOT IN (SELECT customer FROM owned)
    )
    SELECT kind, key, count(DISTINCT customer),
           CAST(sum(upper(one) - lower(one)) AS numeric)
    FROM counted, unnest(days) AS one GROUP BY kind, key
""")  # noqa: S608 - numbers of our own parts


_ALL_KEPT = _days(_KEPT)
_SOME_KEPT = _days(f"{_KEPT} UNION ALL {_ROWS.format(only=_ONLY)}")
_NONE_KEPT = _days(_ROWS.format(only=""))
WHOLE, BY_OWNER, BY_TEAM, UNOWNED = range(4)


class Held(NamedTuple):
    """How many customers one had in work in all, and the days of all of them together."""

    kind: int
    key: UUID | None
    customers: int
    days: Decimal


async def held_in(session: AsyncSession, ask: Ask, period: Period) -> Sequence[Held]:
    """Return the customers in work: as a whole, by owner, by team, and those of nobody."""
    kind = Busy.ACTIVE_BUYER if ask.variant == "active_buyers" else Busy.IN_WORK
    owners, teams = (ids_asked(ask.filter, name) for name in ("owner_id", "team_id"))
    end = min(period.end, ask.today + timedelta(days=1))
    values = {
        "start": period.start, "end": max(period.start, end), "kind": int(kind),
        "scope": ask.access.scope.value, "actor": ask.access.actor.id,
        "teams": teams_of(ask.access), "owners": owners, "of_teams": teams,
    }  # fmt: skip
    if ask.as_of is not None:
        statement = _NONE_KEPT
    else:
        values["besides"] = besides = list(await unkept(session))
        statement = _SOME_KEPT if besides else _ALL_KEPT
    return [Held(*row) for row in await session.execute(statement, values)]
