"""Answering a request, and handing the answer to somebody else."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approvals import queries
from crm_deals.approvals.errors import (
    AnsweredAlreadyError,
    NotAskedError,
    UnknownDelegateError,
)
from crm_deals.approvals.models import Approval, ApprovalDecision, ApprovalDelegate
from crm_deals.approvals.rules import verdict
from crm_deals.approvals.use_cases.announcements import say
from crm_deals.approvals.use_cases.applying import apply_consent
from crm_deals.approvals.use_cases.asking import ask_for_approval, begin_step
from crm_deals.deals.queries import today_of
from crm_deals.events.automation import (
    ApprovalApproved,
    ApprovalDecided,
    ApprovalDelegated,
    ApprovalRejected,
)
from crm_shared.actor import Access, Actor, Role
from crm_shared.clock import utc_now

# each may name a substitute by a query of its own; the locks are those of people who answer
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """What one of those who were asked says."""

    decision: Literal["approve", "reject"]
    reason_code: str | None = None
    note: str | None = None


async def answer_approval(
    session: AsyncSession, access: Access, approval_id: UUID, answer: Answer
) -> Approval:
    """Take an answer; the one that completes the last step applies the change, once."""
    # two who answer at once: the second counts the first's answer, and only one completes the step
    approval = await queries.get_approval(session, access, approval_id, lock=True)
    # after the lock: it may have ended while this answer waited
    approval.must_be_pending()
    me = access.actor
    if not _is_asked(approval, me):
        raise NotAskedError
    given = await queries.list_decisions(session, approval.id)
    # who answered an earlier step may be asked again in this one
    here = [one for one in given if one.step == approval.step]
    if any(one.user_id == me.id for one in here):
        raise AnsweredAlreadyError
    on_behalf_of = await queries.find_principal(session, approval, me.id)
    session.add(
        ApprovalDecision(
            approval_id=approval.id,
            step=approval.step,
            user_id=me.id,
            on_behalf_of=on_behalf_of,
            decision=answer.decision,
            reason_code=answer.reason_code,
            note=answer.note,
            at=utc_now(),
        )
    )
    decided = verdict(
        [*(one.decision for one in here), answer.decision],
        asked=len(approval.approver_ids),
        quorum=approval.quorum,
    )
    await _conclude(session, approval, decided, answer, (me.id, on_behalf_of))
    return approval


async def _conclude(
    session: AsyncSession,
    approval: Approval,
    decided: Literal["approve", "reject"] | None,
    answer: Answer,
    who: tuple[UUID, UUID | None],
) -> None:
    if decided == "reject":
        approval.settle("rejected", at=utc_now(), reason_code=answer.reason_code)
        await say(session, approval, ApprovalRejected)
        return
    if decided == "approve" and approval.step == approval.steps_count:
        # in the transaction of the last answer: consent and change stand or fall together
        await apply_consent(session, approval, ask=ask_for_approval)
        approval.settle("approved", at=utc_now(), reason_code=answer.reason_code)
        await say(session, approval, ApprovalApproved)
        return
    if decided == "approve":
        # the next step asks the head of whoever has the deal now
        await queries.follow_deal(session, approval)
        await begin_step(session, approval, approval.step + 1)
    await say(
        session,
        approval,
        ApprovalDecided,
        decided_by=who[0],
        on_behalf_of=who[1],
        decision=answer.decision,
    )


async def delegate_approval(
    session: AsyncSession,
    access: Access,
    approval_id: UUID,
    to_user_id: UUID,
    *,
    for_user_id: UUID | None = None,
) -> Approval:
    """Let somebody else answer in one's place; administrators may do so for others."""
    approval = await queries.get_approval(session, access, approval_id, lock=True)
    approval.must_be_pending()
    principal = for_user_id or access.actor.id
    may = principal == access.actor.id or access.actor.role is Role.ADMIN
    if not may or principal not in approval.approver_ids:
        raise NotAskedError
    is_known = await queries.is_active_user(session, to_user_id)
    # one voice each, and never one's own request by way of a colleague
    taken = to_user_id in approval.approver_ids or to_user_id == approval.requested_by
    if not is_known or taken:
        raise UnknownDelegateError
    # who has answered has no voice left to hand on: one person would fill the quorum alone
    if {principal, to_user_id} & await queries.list_voices(session, approval):
        raise AnsweredAlreadyError
    await _hand_on(session, approval, to_user_id, principal)
    return approval


async def cover_absences(
    session: AsyncSession, *, after: UUID | None = None, limit: int = AT_ONCE
) -> tuple[int, UUID | None]:
    """Hand pending requests of people who are away today to the substitutes their policy names.

    Returns how many were handed on, and behind which request the next portion begins.
    """
    today = today_of(session)
    # skipped where locked: whoever answers at this moment decides who is asked next
    found = await queries.take_uncovered(session, today, after=after, limit=limit)
    handed = sum([await _cover(session, approval) for approval in found])
    return handed, found[-1].id if len(found) == limit else None


async def _cover(session: AsyncSession, approval: Approval) -> int:
    step = approval.steps[approval.step - 1]
    await queries.follow_deal(session, approval)
    now_asked = await queries.resolve_approvers(
        session,
        step["approvers"],
        team_id=approval.team_id,
        but=approval.requested_by,
        today=today_of(session),
    )
    known = await queries.list_delegates(session, approval)
    spent = await queries.list_voices(session, approval)
    handed = 0
    for to, whose in now_asked.stand_ins.items():
        # who answers already, for himself or for another, is not asked twice
        is_taken = to in {*approval.approver_ids, *known, *spent} or whose in spent
        if whose in approval.approver_ids and not is_taken:
            await _hand_on(session, approval, to, whose)
            handed += 1
    return handed


async def _hand_on(session: AsyncSession, approval: Approval, to: UUID, whose: UUID) -> None:
    approval.approver_ids = sorted({*approval.approver_ids, to} - {whose})
    # handed to and fro, the last word counts
    await session.merge(
        ApprovalDelegate(
            approval_id=approval.id,
            step=approval.step,
            to_user_id=to,
            from_user_id=whose,
            at=utc_now(),
        )
    )
    await say(session, approval, ApprovalDelegated, from_user_id=whose, to_user_id=to)


def _is_asked(approval: Approval, me: Actor) -> bool:
    # also when he is head of the team or administrator: nobody consents to himself
    if me.id == approval.requested_by:
        return False
    # when nobody could be asked, an administrator answers
    return me.id in approval.approver_ids or (not approval.approver_ids and me.role is Role.ADMIN)
