"""One run of one rule on one deal: once, within its limits, and written down whatever comes."""

from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approval_policies.errors import ApprovalNeededError
from crm_deals.approvals.use_cases import ask_for_approval
from crm_deals.deal_rules import queries
from crm_deals.deal_rules.models import DealRule
from crm_deals.deal_rules.rules import MAX_DEPTH, MAX_RUNS_IN_CHAIN, Cause
from crm_deals.deal_rules.statements import claim_run, note_skip
from crm_deals.deal_rules.use_cases.acting import act
from crm_deals.deals import queries as deals
from crm_shared.actor import SYSTEM, SYSTEM_ACCESS
from crm_shared.errors import ServiceError
from crm_shared.http.database_problems import blame


async def run_rule(
    session: AsyncSession, rule: DealRule, cause: Cause, deal_id: UUID | None
) -> str | None:
    """Let a rule act on a deal; None when it did, else why not, which its log keeps.

    The claim of the run and the change are one transaction: again, nothing happens.
    """
    depth = await queries.depth_after(session, cause.causation_id)
    claimed = await claim_run(
        session,
        {
            "rule_id": rule.id,
            "rule_version": rule.revision,
            "event_id": cause.event_id,
            "deal_id": deal_id,
            "occurrence": cause.occurrence,
            "outcome": "done",
            "correlation_id": cause.correlation_id,
            "depth": depth,
        },
    )
    # redelivered, or another worker's: the claim is unique on rule, version and event
    if not claimed:
        return "ran already"
    reason = await _limits(session, rule, cause, deal_id, depth)
    if reason is None and deal_id is not None:
        reason = await _act(session, rule, deal_id)
    if reason is not None:
        await note_skip(session, rule.id, rule.revision, cause.event_id, reason)
    return reason


async def _limits(
    session: AsyncSession, rule: DealRule, cause: Cause, deal_id: UUID | None, depth: int
) -> str | None:
    """Return why a rule may not act: above all, that it would go round in a circle."""
    if deal_id is None:
        return "no-deal: the event is about none"
    # found by causes, so it holds for circles that lead through other services as well
    if depth >= MAX_DEPTH:
        return f"too-deep: {depth} rules in a row led here"
    if cause.correlation_id is not None:
        # the run that was claimed just now counts as well
        ran = await queries.runs_in_chain(session, rule.id, deal_id, cause.correlation_id)
        if ran > MAX_RUNS_IN_CHAIN:
            return "loop: the rule has acted on this deal in this chain of causes"
    if not await deals.hold_deal(session, deal_id):
        return "no-deal: it is not there or archived"
    return None


async def _act(session: AsyncSession, rule: DealRule, deal_id: UUID) -> str | None:
    deal = await deals.get_deal(session, SYSTEM_ACCESS, deal_id)
    if rule.pipeline_id not in (None, deal.pipeline_id):
        return "other-pipeline"
    try:
        # a refusal takes back what the actions before it did, and leaves the run log standing
        async with session.begin_nested():
            return None if await act(session, rule, deal) else "nothing-to-change"
    except ApprovalNeededError as needed:
        # the rule's wish waits like a person's: consent carries it out later
        return await _ask(session, deal_id, needed)
    except ServiceError as refused:
        return _words(refused)
    except DBAPIError as refused:
        # what the database finds wrong with the values is wrong again with every retry
        blamed = blame(refused)
        if blamed is None:
            raise
        return _words(blamed)


async def _ask(session: AsyncSession, deal_id: UUID, needed: ApprovalNeededError) -> str:
    try:
        async with session.begin_nested():
            approval = await ask_for_approval(session, SYSTEM, deal_id, needed)
        return f"approval-requested: {approval.id}"
    except ServiceError as refused:
        return _words(refused)


def _words(refused: ServiceError) -> str:
    """Return a refusal for the log: its code and where, without what people typed."""
    where = ", ".join(sorted({fault.pointer for fault in refused.errors if fault.pointer}))
    return f"{refused.problem}: {where}" if where else refused.problem
