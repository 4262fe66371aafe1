"""D9: what open deals were to bring when a period began, from what was known of them then."""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.metrics.rules.asks import Read, teams_of
from crm_reporting.rebuilds.use_cases import Basis
from crm_shared.actor import Scope

# the newest word of each deal before the period; a rate is that of the period's first day
_FORETOLD = text("""
    WITH newest AS (
        SELECT DISTINCT ON (deal_id) verb, outcome, probability, amount, currency, expected_on,
               is_void, owner, team
        FROM deal_facts WHERE at < :moment ORDER BY deal_id, revision DESC
    ), due AS (
        SELECT amount * CASE WHEN currency = :currency THEN 1 ELSE (
                   SELECT rate FROM rates
                   WHERE rates.currency = newest.currency AND quote = :currency AND day <= :start
                   ORDER BY day DESC LIMIT 1) END AS worth,
               probability
        FROM newest
        WHERE outcome = 'open' AND verb NOT IN ('deleted', 'merged') AND NOT is_void
          AND expected_on >= :start AND expected_on < :end
          AND (:scope = 'all' OR (:scope = 'own' AND owner = :actor)
               OR (:scope = 'team' AND team = ANY(:teams)))
    )
    SELECT count(*), count(worth), coalesce(sum(worth), 0),
           coalesce(sum(worth * probability / 100), 0)
    FROM due
""")


class Foretold(NamedTuple):
    """Deals that were due in the period, those with an amount, their sum and its weighted part."""

    deals: int
    priced: int
    best: Decimal
    weighted: Decimal


async def foretold(session: AsyncSession, read: Read, currency: str, basis: Basis) -> Foretold:
    """Return what was due in a period as it stood at its first moment."""
    start = datetime.combine(read.period.start, time.min, basis.zone).astimezone(UTC)
    scope: Scope = read.access.scope
    values = {
        "moment": start, "start": read.period.start, "end": read.period.end,
        "currency": currency, "scope": scope.value, "actor": read.access.actor.id,
        "teams": teams_of(read.access),
    }  # fmt: skip
    return Foretold._make((await session.execute(_FORETOLD, values)).one())
