"""How a request ends without an answer: withdrawn, or overtaken by its deadline."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approvals import queries
from crm_deals.approvals.errors import NotYourRequestError
from crm_deals.approvals.models import Approval
from crm_deals.approvals.use_cases.announcements import say
from crm_deals.deals.queries import today_of
from crm_deals.events.automation import ApprovalEscalated, ApprovalExpired, ApprovalWithdrawn
from crm_shared.actor import Access, Role
from crm_shared.clock import utc_now

AT_ONCE = 100


async def withdraw_approval(session: AsyncSession, access: Access, approval_id: UUID) -> Approval:
    """Take one's wish back; the deal stays as it is."""
    approval = await queries.get_approval(session, access, approval_id, lock=True)
    if access.actor.id != approval.requested_by and access.actor.role is not Role.ADMIN:
        raise NotYourRequestError
    approval.settle("withdrawn", at=utc_now())
    await say(session, approval, ApprovalWithdrawn)
    return approval


async def end_overdue(session: AsyncSession, *, limit: int = AT_ONCE) -> int:
    """End or escalate requests whose deadline has passed; return how many."""
    now = utc_now()
    due = await queries.take_due(session, now, limit=limit)
    for approval in due:
        step = approval.steps[approval.step - 1]
        if step.get("on_deadline") == "escalate" and not approval.is_escalated:
            await _escalate(session, approval, now)
        else:
            approval.settle("expired", at=now)
            await say(session, approval, ApprovalExpired)
    return len(due)


async def _escalate(session: AsyncSession, approval: Approval, now: datetime) -> None:
    step = approval.steps[approval.step - 1]
    await queries.follow_deal(session, approval)
    by, today = approval.requested_by, today_of(session)
    more = await queries.resolve_approvers(
        session, step.get("escalate_to") or [], team_id=approval.team_id, but=by, today=today
    )
    if not more.ids:
        more = await queries.list_admins(session, but=by, today=today)
    # one more stretch of the same length for all of them together
    approval.ask(sorted({*approval.approver_ids, *more.ids}), step=approval.step, at=now)
    approval.is_escalated = True
    await say(session, approval, ApprovalEscalated)
