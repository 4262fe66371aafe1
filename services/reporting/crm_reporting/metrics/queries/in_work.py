"""K27: whose customers were in work on how many days of a period, summed by the database."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.rules.asks import Ask, ids_asked, teams_of
from crm_reporting.metrics.rules.customers import WINDOW_DAYS
from crm_reporting.metrics.rules.periods import Period

# Days in work and days owned are sets of days, and those that are both are counted: a customer
# with two open deals is one, and one who changed hands counts for each owner on his days.
_DAYS = text(f"""
    WITH asked AS (
        SELECT CAST(:start AS date) AS first, CAST(:end AS date) AS after
    ), rows AS (
        SELECT part, owner, team,
               coalesce((SELECT survivor_id FROM aliases WHERE loser_id = customer), customer)
                   AS customer,
               daterange(greatest(day, first),
                         least(CASE WHEN part = {Part.WON:d} THEN day + {WINDOW_DAYS}
                                    ELSE coalesce(until_day, after) END, after)) AS days
        FROM contributions, asked
        WHERE part = ANY(CAST(:parts AS smallint[])) AND customer IS NOT NULL AND product IS NULL
          AND day < after
          AND CASE WHEN part = {Part.WON:d} THEN day + {WINDOW_DAYS} > first
                   ELSE coalesce(until_day, after) > first END
    ), busy AS (
        SELECT customer, range_agg(days) AS days FROM rows
        WHERE part <> {Part.CLIENT_STAY:d} GROUP BY customer
    ), owned AS (
        SELECT customer, owner, team, range_agg(days) AS days FROM rows
        WHERE part = {Part.CLIENT_STAY:d}
          AND (CAST(:scope AS text) = 'all'
               OR (CAST(:scope AS text) = 'own' AND owner = CAST(:actor AS uuid))
               OR (CAST(:scope AS text) = 'team' AND team = ANY(CAST(:teams AS uuid[]))))
          AND (CAST(:owners AS uuid[]) IS NULL OR owner = ANY(CAST(:owners AS uuid[])))
          AND (CAST(:of_teams AS uuid[]) IS NULL OR team = ANY(CAST(:of_teams AS uuid[])))
        GROUP BY customer, owner, team
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
WHOLE, BY_OWNER, BY_TEAM, UNOWNED = range(4)
IN_WORK = (Part.STAY, Part.LEAD_STAY, Part.ACTIVITY_STAY, Part.WON)


class Held(NamedTuple):
    """How many customers one had in work in all, and the days of all of them together."""

    kind: int
    key: UUID | None
    customers: int
    days: Decimal


async def held_in(session: AsyncSession, ask: Ask, period: Period) -> Sequence[Held]:
    """Return the customers in work: as a whole, by owner, by team, and those of nobody."""
    busy = (Part.WON,) if ask.variant == "active_buyers" else IN_WORK
    owners, teams = (ids_asked(ask.filter, name) for name in ("owner_id", "team_id"))
    end = min(period.end, ask.today + timedelta(days=1))
    values = {
        "start": period.start, "end": max(period.start, end),
        "parts": [int(part) for part in (*busy, Part.CLIENT_STAY)],
        "scope": ask.access.scope.value, "actor": ask.access.actor.id,
        "teams": teams_of(ask.access), "owners": owners, "of_teams": teams,
    }  # fmt: skip
    return [Held(*row) for row in await session.execute(_DAYS, values)]
