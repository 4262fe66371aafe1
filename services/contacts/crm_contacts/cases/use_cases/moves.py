"""The verbs of a case's way: comment, respond, wait, resume, solve, close, reopen, merge."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.cases import queries
from crm_contacts.cases.errors import CaseMoveError, MergeWithItselfError, ReopenTooLateError
from crm_contacts.cases.models import Case, CaseComment
from crm_contacts.cases.rules import DONE, CaseStatus
from crm_contacts.cases.use_cases.announcements import facts_of, said, terms_of
from crm_contacts.events import (
    CaseClosed,
    CaseCommented,
    CaseFirstResponded,
    CaseMerged,
    CaseReopened,
    CaseResumed,
    CaseSolved,
    CaseUnmerged,
    CaseWaiting,
    CommentFacts,
)
from crm_contacts.gates.use_cases import open_gates
from crm_contacts.versions.use_cases import announce
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.ids import new_id


async def comment_case(
    session: AsyncSession,
    access: Access,
    case: Case,
    values: dict[str, Any],
    *,
    zone: ZoneInfo,
    reopen_days: int,
) -> CaseComment:
    """Say something about a case.

    A person's first public word is the first response. The customer's word makes a waiting case
    go on and, for `reopen_days`, opens a solved one again; later raises ReopenTooLateError.
    An automatic answer counts for nothing. The event is named after the move.
    """
    if case.status == CaseStatus.MERGED:
        raise CaseMoveError(case.status, "commented")
    now = utc_now()
    comment = CaseComment(
        id=new_id(), case_id=case.id, author_id=access.actor.id, created_at=now, **values
    )
    session.add(comment)
    if comment.by_customer and case.status in DONE | {CaseStatus.WAITING}:
        # what a customer says is never refused
        with open_gates():
            await _customer_spoke(session, case, zone=zone, reopen_days=reopen_days, at=now)
    elif _answers(comment) and case.first_responded_at is None:
        await respond_to_case(session, case, zone=zone, at=now)
    else:
        told = CommentFacts.model_validate(comment)
        event = CaseCommented(case=facts_of(case), changed=[], previous={}, comment=told)
        await announce(session, case, event)
    return comment


def _answers(comment: CaseComment) -> bool:
    return comment.is_public and not comment.by_customer and not comment.is_automatic


async def _customer_spoke(
    session: AsyncSession, case: Case, *, zone: ZoneInfo, reopen_days: int, at: datetime
) -> None:
    if case.status == CaseStatus.WAITING:
        await resume_case(session, case, zone=zone)
        return
    if case.solved_at is None or at - case.solved_at > timedelta(days=reopen_days):
        raise ReopenTooLateError(reopen_days)
    await reopen_case(session, case, zone=zone)


async def respond_to_case(
    session: AsyncSession, case: Case, *, zone: ZoneInfo, at: datetime
) -> Case:
    """Note that a person answered the customer; only the first time counts and is announced."""
    if case.respond(at=at):
        terms = await terms_of(session, case.queue_id, zone)
        worked_s = round(terms.worked(case.clock_started_at, at))
        await announce(session, case, said(CaseFirstResponded, case, worked_s=worked_s))
    return case


async def wait_for_customer(session: AsyncSession, case: Case) -> Case:
    """Wait for the customer: the clock stops."""
    case.wait(at=utc_now())
    await announce(session, case, said(CaseWaiting, case))
    return case


async def resume_case(session: AsyncSession, case: Case, *, zone: ZoneInfo) -> Case:
    """Go on with a case that waited: the clock runs again."""
    case.resume(await terms_of(session, case.queue_id, zone), at=utc_now())
    await announce(session, case, said(CaseResumed, case))
    return case


async def solve_case(
    session: AsyncSession,
    by_id: UUID,
    case: Case,
    outcome: str,
    *,
    zone: ZoneInfo,
    at: datetime | None = None,
) -> Case:
    """Say that a case is solved (`success`) or cannot be (`failure`); credited to `by_id`."""
    terms = await terms_of(session, case.queue_id, zone)
    case.solve(terms, by_id, outcome, at=at or utc_now())
    await announce(session, case, said(CaseSolved, case), at=at)
    return case


async def close_case(session: AsyncSession, case: Case, *, at: datetime | None = None) -> Case:
    """Say that nothing more will come of a solved case."""
    case.close(at=at or utc_now())
    await announce(session, case, said(CaseClosed, case), at=at)
    return case


async def reopen_case(session: AsyncSession, case: Case, *, zone: ZoneInfo) -> Case:
    """Work on a case again: the time for a solution begins anew."""
    case.reopen(await terms_of(session, case.queue_id, zone), at=utc_now())
    await announce(session, case, said(CaseReopened, case))
    return case


async def merge_cases(
    session: AsyncSession, access: Access, survivor: Case, loser_id: UUID
) -> Case:
    """Make another case part of this one; its comments are read here, and it rests."""
    if loser_id == survivor.id or survivor.status == CaseStatus.MERGED:
        raise MergeWithItselfError
    loser = await queries.get_case(session, access, loser_id)
    # two at once, each into the other, would leave none to work on
    await queries.hold_cases(session, [survivor, loser])
    if survivor.status == CaseStatus.MERGED:
        raise MergeWithItselfError
    loser.merge_into(survivor)
    await announce(session, loser, said(CaseMerged, loser, survivor_id=survivor.id))
    return loser


async def unmerge_case(session: AsyncSession, case: Case) -> Case:
    """Make a merged case one of its own again, in the state it was in."""
    case.unmerge()
    await announce(session, case, said(CaseUnmerged, case))
    return case
