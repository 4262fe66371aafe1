"""Rules that wait for a moment: each deal whose moment has come, once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deal_rules import queries
from crm_deals.deal_rules.models import BY_TIME, DealRule
from crm_deals.deal_rules.rules import moment_of
from crm_deals.deal_rules.statements import claim_run
from crm_deals.deal_rules.use_cases.running import run_rule
from crm_shared.clock import local_day, utc_now
from crm_shared.db.engine import SETTINGS
from crm_shared.filters import Or, parse_surviving

# each may move a deal with all that follows: a portion must not outlast the clock's next turn
AT_ONCE = 50


async def meet_moments(
    session: AsyncSession,
    rule: DealRule,
    *,
    now: datetime | None = None,
    after: UUID | None = None,
    limit: int = AT_ONCE,
) -> tuple[int, UUID | None]:
    """Let a rule act on deals whose moment has come.

    Returns how many there were, and behind which deal the next portion begins; None at the end.
    """
    due = await due_for(session, rule, now=now)
    found = await queries.take_due(session, due, after=after, limit=limit)
    # an import brings thousands whose day has passed long ago: they are noted, nobody is woken
    quiet = set() if rule.on_bulk else await _changed_in_a_mass(session, found)
    for row in found:
        cause = moment_of(rule.id, row.id, row.occurrence)
        if row.id in quiet:
            await claim_run(
                session,
                {
                    "rule_id": rule.id,
                    "rule_version": rule.revision,
                    "event_id": cause.event_id,
                    "deal_id": row.id,
                    "occurrence": cause.occurrence,
                    "outcome": "skipped",
                    "reason": "bulk: it came about by an import or a mass change",
                    "depth": 0,
                },
            )
        else:
            await run_rule(session, rule, cause, row.id)
    return len(found), found[-1].id if len(found) == limit else None


async def due_for(
    session: AsyncSession, rule: DealRule, *, now: datetime | None = None
) -> Select[Any]:
    """Select the deals whose moment has come, where the company works."""
    moment, zone = now or utc_now(), session.info[SETTINGS].zone
    askable = await queries.fields_of_rule(session, BY_TIME)
    conditions, faults = parse_surviving(rule.conditions, askable)
    return queries.due_deals(
        rule,
        # less of a condition would be more of what the rule does: it rests
        Or(()) if faults else conditions,
        askable,
        today=local_day(moment, zone),
        now=moment,
        zone=str(zone),
    )


async def _changed_in_a_mass(session: AsyncSession, found: Sequence[Row[Any]]) -> set[Any]:
    """Return the deals whose moment had passed when a mass change last touched them."""
    changed = await queries.last_bulk_changes(session, {row.id for row in found})
    # changed before the moment came: then the moment itself is news
    return {row.id for row in found if row.id in changed and row.came_at <= changed[row.id]}
