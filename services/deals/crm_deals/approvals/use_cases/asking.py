"""Asking for consent: who is asked, and what is kept of the wish."""

from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approval_policies.errors import ApprovalNeededError
from crm_deals.approvals import queries
from crm_deals.approvals.errors import ApprovalPendingError
from crm_deals.approvals.models import Approval, ApprovalDelegate
from crm_deals.approvals.rules import asked_on, base_of
from crm_deals.approvals.use_cases.announcements import say
from crm_deals.approvals.use_cases.applying import apply_consent
from crm_deals.deals import queries as deals
from crm_deals.deals.models import Deal
from crm_deals.events.automation import ApprovalApproved, ApprovalRequested
from crm_shared.actor import SYSTEM_ACCESS, Actor
from crm_shared.clock import utc_now
from crm_shared.ids import new_id


async def ask_for_approval(
    session: AsyncSession,
    actor: Actor,
    deal_id: UUID,
    needed: ApprovalNeededError,
    *,
    granted: frozenset[UUID] = frozenset(),
) -> Approval:
    """Open the request that a change needs, or return the one that asks for the same already.

    Raises ApprovalPendingError when the same policy is being asked about something else. A wish
    of somebody whose role is consent enough is applied at once, as an automatic approval.
    """
    # what was tried on the deal must not be written with the request
    session.expunge_all()
    policy = needed.policy
    order: dict[str, Any] = to_jsonable_python(needed.order)
    waiting = await queries.find_pending(session, deal_id, policy.id)
    if waiting is not None:
        # a double click, or the same rule again: one wish, one request
        if waiting.order == order:
            return waiting
        raise ApprovalPendingError(waiting.id)
    # read anew: the row that was tried on holds what was only wished for
    deal = await deals.get_deal(session, SYSTEM_ACCESS, deal_id)
    approval = _wish(deal, actor, needed, order)
    approval.round = await queries.count_rounds(session, deal_id, policy.id) + 1
    approval.granted = sorted(granted)
    await begin_step(session, approval, 1)
    session.add(approval)
    await say(session, approval, ApprovalRequested)
    if approval.is_automatic:
        await apply_consent(session, approval, ask=ask_for_approval)
        approval.settle("approved", at=utc_now())
        await say(session, approval, ApprovalApproved)
    return approval


def _wish(deal: Deal, actor: Actor, needed: ApprovalNeededError, order: dict[str, Any]) -> Approval:
    policy, now = needed.policy, utc_now()
    return Approval(
        id=new_id(),
        created_at=now,
        deal_id=deal.id,
        owner_id=deal.owner_id,
        team_id=deal.team_id,
        policy_id=policy.id,
        kind=policy.kind,
        state="pending",
        # copied: who has been asked answers by the rules of that day
        steps=to_jsonable_python(list(policy.steps)),
        requested_by=actor.id,
        requested_at=now,
        order=order,
        # what consent is given to: a deal that was repriced, or had its say otherwise, is another
        base=base_of(deal, asked_on(order)),
        is_automatic=actor.role in policy.automatic_for,
        is_escalated=False,
        discount_percent=needed.discount if policy.kind == "discount" else None,
        to_stage_id=needed.order.get("stage_id"),
    )


async def begin_step(session: AsyncSession, approval: Approval, step: int) -> None:
    """Ask those whom a step names; when nobody of them works here, the administrators."""
    approvers, today = approval.steps[step - 1]["approvers"], deals.today_of(session)
    by = approval.requested_by
    found = await queries.resolve_approvers(
        session, approvers, team_id=approval.team_id, but=by, today=today
    )
    if not found.ids:
        found = await queries.list_admins(session, but=by, today=today)
    approval.ask(found.ids, step=step, at=utc_now())
    session.add_all(
        ApprovalDelegate(
            approval_id=approval.id, step=step, to_user_id=to, from_user_id=whose, at=utc_now()
        )
        for to, whose in found.stand_ins.items()
    )
