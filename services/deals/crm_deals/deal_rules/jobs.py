"""Timed work of the deal rules feature."""

from datetime import timedelta

from crm_deals.deal_rules import queries
from crm_deals.deal_rules.models import DealRule
from crm_deals.deal_rules.statements import forget_days, forget_runs
from crm_deals.deal_rules.use_cases import meet_moments
from crm_shared.clock import utc_now
from crm_shared.worker import Job, JobContext

# events are gone from the stream long before: no run that could come again is forgotten
KEPT = timedelta(days=180)
# a line for each deal and day: a hundred thousand deals would make 36 million of them a year
KEPT_OF_DAYS = timedelta(days=7)
# ten thousand deals, then the other rules have their turn
MOST_PORTIONS = 200


async def run_time_rules(context: JobContext) -> int:
    """Let every rule that waits for a moment act on what is due, by priority."""
    async with context.sessions() as session:
        rules = await queries.list_time_rules(session, utc_now())
        # each rule is met in transactions of its own: what is read of it must outlive this one
        session.expunge_all()
    done, failure = 0, None
    for rule in rules:
        try:
            done += await _meet(context, rule)
        except Exception as error:
            # raised when the other rules have had their turn
            failure = failure or error
    if failure is not None:
        raise failure
    return done


async def _meet(context: JobContext, rule: DealRule) -> int:
    """Let a rule act, portion after portion, each behind the one before."""
    done, last = 0, None
    # begun anew for each fifty, the walk over those that were done would grow with their square
    for _ in range(MOST_PORTIONS):
        async with context.sessions.begin() as session:
            some, last = await meet_moments(session, rule, after=last)
        done += some
        if last is None:
            break
    return done


async def forget_old_runs(context: JobContext) -> int:
    """Forget lines of the run log that protect nothing any more."""
    async with context.sessions.begin() as session:
        await forget_runs(session, utc_now() - KEPT)
        await forget_days(session, utc_now() - KEPT_OF_DAYS)
    return 0


JOBS = [
    Job("deal-rules-clock", 30.0, run_time_rules),
    Job("deal-rules-forgetting", 3600.0, forget_old_runs),
]
