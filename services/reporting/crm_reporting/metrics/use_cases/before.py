"""A metric against its baseline: what it was before the CRM (R5, G16)."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.inputs.models import Baseline
from crm_reporting.metrics.queries.inputs import baseline_of
from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.comparing import compare
from crm_reporting.metrics.rules.numbers import Figure, Reason, Unit
from crm_reporting.metrics.rules.periods import Against, Period
from crm_reporting.metrics.rules.results import Comparison
from crm_shared.actor import Scope
from crm_shared.filters import Comparison as Condition


async def against_baseline(session: AsyncSession, ask: Ask, now: Figure) -> Comparison:
    """Return the change since the baseline, per day where the two spans differ in length.

    Only like is held against like: the company's figure against the company's baseline, a team's
    (`team_id`) against the team's, the same version and currency. Otherwise there is no baseline.
    """
    found = await _baseline(session, ask)
    if found is None:
        nothing = Figure(None, 0, reason=Reason.NO_DATA)
        return compare(ask, now, nothing, against=Against.BASELINE, period=ask.period)
    period = Period(found.starts_on, found.ends_on + timedelta(days=1))
    then = Figure(found.value, 0)
    return compare(ask, now, then, against=Against.BASELINE, period=period)


async def _baseline(session: AsyncSession, ask: Ask) -> Baseline | None:
    teams = [_team_in(one) for one in ask.filter.items]
    if ask.access.scope is Scope.ALL:
        is_like = not teams or (len(teams) == 1 and teams[0] is not None)
    else:
        # of a team whose facts one sees all; what one sold oneself has no baseline
        mine = ask.access.actor.team_ids if ask.access.scope is Scope.TEAM else frozenset()
        is_like = len(teams) == 1 and teams[0] in mine
    is_default = ask.variant in (None, *ask.metric.variants[:1])
    if not is_like or not is_default:
        return None
    found = await baseline_of(session, ask.metric.id, teams[0] if teams else None, ask.as_of)
    if found is None or found.metric_version != ask.metric.version:
        return None
    is_money = ask.metric.unit is Unit.MONEY
    return None if is_money and found.currency != ask.currency else found


def _team_in(condition: object) -> UUID | None:
    """Return the team that a condition asks for alone."""
    if isinstance(condition, Condition) and (condition.field, condition.op) == ("team_id", "eq"):
        return condition.value if isinstance(condition.value, UUID) else None
    return None
