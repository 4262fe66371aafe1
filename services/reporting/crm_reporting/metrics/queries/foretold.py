"""D9: what open deals were to bring when a period began, from what was known of them then."""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.metrics.rules.asks import Read, teams_of
from crm_reporting.rates.queries import rated
from crm_reporting.rebuilds.use_cases import Basis
from crm_shared.actor import Scope

# What was promised for these days and never said otherwise before them: found by the promise, for
# the newest word of every deal there ever was is far more; a rate is that of the first day.
_FORETOLD = text(f"""
    WITH newest AS (
        SELECT * FROM deal_facts AS said
        WHERE outcome = 'open' AND expected_on >= :start AND expected_on < :end AND at < :moment
          AND recorded_at <= :known
          AND NOT EXISTS (SELECT FROM deal_facts AS later
                          WHERE later.deal_id = said.deal_id AND later.revision > said.revision
                            AND later.at < :moment AND later.recorded_at <= :known)
    ), due AS (
        SELECT amount * {rated("newest.currency", ":start")} AS worth, probability
        FROM newest
        WHERE verb NOT IN ('deleted', 'merged') AND NOT is_void
          AND (:scope = 'all' OR (:scope = 'own' AND owner = :actor)
               OR (:scope = 'team' AND team = ANY(:teams)))
    )
    SELECT count(*), count(worth), coalesce(sum(worth), 0),
           coalesce(sum(worth * probability / 100), 0)
    FROM due
""")  # noqa: S608 - our own words


class Foretold(NamedTuple):
    """Deals that were due in the period, those with an amount, their sum and its weighted part."""

    deals: int
    priced: int
    best: Decimal
    weighted: Decimal


async def foretold(
    session: AsyncSession, read: Read, currency: str, basis: Basis, *, known: datetime
) -> Foretold:
    """Return what was due in a period as it stood at its first moment."""
    start = datetime.combine(read.period.start, time.min, basis.zone).astimezone(UTC)
    scope: Scope = read.access.scope
    values = {
        "moment": start, "known": known, "start": read.period.start, "end": read.period.end,
        "currency": currency, "scope": scope.value, "actor": read.access.actor.id,
        "teams": teams_of(read.access),
    }  # fmt: skip
    return Foretold._make((await session.execute(_FORETOLD, values)).one())
