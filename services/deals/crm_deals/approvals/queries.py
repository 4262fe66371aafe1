"""Every SELECT of the approvals feature."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approvals.errors import ApprovalNotFoundError
from crm_deals.approvals.models import PENDING, Approval, ApprovalDecision, ApprovalDelegate
from crm_deals.approvals.rules import Asked, Candidate, asked_of, is_away
from crm_deals.deals.models import Deal
from crm_deals.deals.queries import in_scope
from crm_shared.actor import Access, Role, Scope
from crm_shared.db.infrastructure import KNOWN_TEAMS, KNOWN_USERS


def visible_approvals(access: Access) -> Select[Approval]:
    """Select the requests about deals one may see, one's own, and those one is asked about."""
    if access.scope is Scope.ALL:
        return select(Approval)
    me = access.actor.id
    own = or_(Approval.requested_by == me, Approval.approver_ids.contains([me]))
    # not by the request's own copy of the owner: that is of the day it was last touched
    seen = exists(select(Deal.id).where(Deal.id == Approval.deal_id, in_scope(access)))
    return select(Approval).where(or_(seen, own))


async def get_approval(
    session: AsyncSession, access: Access, approval_id: UUID, *, lock: bool = False
) -> Approval:
    """Return one request within the caller's sight; with `lock`, for an answer to it."""
    wanted = visible_approvals(access).where(Approval.id == approval_id)
    approval = await session.scalar(wanted.with_for_update() if lock else wanted)
    if approval is None:
        raise ApprovalNotFoundError(approval_id)
    return approval


async def find_pending(session: AsyncSession, deal_id: UUID, policy_id: UUID) -> Approval | None:
    """Return the request of this policy that waits for this deal."""
    return await session.scalar(
        select(Approval).where(
            Approval.deal_id == deal_id,
            Approval.policy_id == policy_id,
            Approval.state == PENDING,
        )
    )


async def count_rounds(session: AsyncSession, deal_id: UUID, policy_id: UUID) -> int:
    """Count how often this policy was asked about this deal."""
    asked = select(func.count()).where(Approval.deal_id == deal_id, Approval.policy_id == policy_id)
    return int(await session.scalar(asked) or 0)


async def list_decisions(session: AsyncSession, approval_id: UUID) -> Sequence[ApprovalDecision]:
    """Return every answer to a request, the oldest first."""
    found = (
        select(ApprovalDecision)
        .where(ApprovalDecision.approval_id == approval_id)
        .order_by(ApprovalDecision.at, ApprovalDecision.user_id)
    )
    return (await session.scalars(found)).all()


async def find_principal(session: AsyncSession, approval: Approval, user_id: UUID) -> UUID | None:
    """Return in whose place somebody answers the step that a request is in."""
    return await session.scalar(
        select(ApprovalDelegate.from_user_id).where(
            ApprovalDelegate.approval_id == approval.id,
            ApprovalDelegate.step == approval.step,
            ApprovalDelegate.to_user_id == user_id,
        )
    )


async def follow_deal(session: AsyncSession, approval: Approval) -> None:
    """Give a request the owner and the team that its deal has now."""
    owner = select(Deal.owner_id, Deal.team_id).where(Deal.id == approval.deal_id)
    approval.owner_id, approval.team_id = (await session.execute(owner)).one()


async def take_due(session: AsyncSession, now: datetime, *, limit: int) -> Sequence[Approval]:
    """Lock requests whose deadline has passed; those that another worker holds are left out."""
    due = (
        select(Approval)
        .where(Approval.state == PENDING, Approval.due_at <= now)
        .order_by(Approval.due_at, Approval.id)
        .limit(limit)
    )
    # an answer that is being given at this moment comes before the deadline's end
    return (await session.scalars(due.with_for_update(skip_locked=True))).all()


async def is_active_user(session: AsyncSession, user_id: UUID) -> bool:
    """Tell whether somebody works here."""
    users = KNOWN_USERS.c
    known = select(users.id).where(users.id == user_id, users.is_active)
    return await session.scalar(known) is not None


async def resolve_approvers(
    session: AsyncSession,
    approvers: Sequence[Mapping[str, Any]],
    *,
    team_id: UUID | None,
    but: UUID,
    today: date,
) -> Asked:
    """Return who is meant and can answer, in a fixed order; never whoever asks himself."""
    users = KNOWN_USERS.c
    named = {UUID(one["user_id"]): one.get("substitute_id") for one in approvers if _names(one)}
    substitutes = {UUID(one) for one in named.values() if one}
    wanted: list[ColumnElement[bool]] = [
        users.id.in_({*named, *substitutes}),
        users.role.in_([one["role"] for one in approvers if one.get("role")]),
    ]
    if team_id is not None and any(one.get("team_head") for one in approvers):
        head = select(KNOWN_TEAMS.c.head_id).where(KNOWN_TEAMS.c.id == team_id)
        wanted.append(users.id == head.scalar_subquery())
    found = await session.execute(
        select(users.id, users.absences, or_(*wanted[1:]).label("is_asked")).where(
            and_(users.is_active, users.id != but, or_(*wanted))
        )
    )
    people = [Candidate(row.id, bool(row.is_asked), is_away(row.absences, today)) for row in found]
    chosen = {user_id: UUID(one) if one else None for user_id, one in named.items()}
    return asked_of(people, chosen, but=but)


def _names(approver: Mapping[str, Any]) -> bool:
    return bool(approver.get("user_id"))


async def list_admins(session: AsyncSession, *, but: UUID, today: date) -> Asked:
    """Return the administrators who work here."""
    admins = [{"role": Role.ADMIN}]
    return await resolve_approvers(session, admins, team_id=None, but=but, today=today)


async def list_delegates(session: AsyncSession, approval: Approval) -> set[UUID]:
    """Return who answers the present step in somebody's place."""
    found = select(ApprovalDelegate.to_user_id).where(
        ApprovalDelegate.approval_id == approval.id, ApprovalDelegate.step == approval.step
    )
    return set(await session.scalars(found))


async def list_voices(session: AsyncSession, approval: Approval) -> set[UUID]:
    """Return who has answered the present step."""
    given = await list_decisions(session, approval.id)
    return {one.user_id for one in given if one.step == approval.step}


async def take_uncovered(
    session: AsyncSession, today: date, *, after: UUID | None, limit: int
) -> Sequence[Approval]:
    """Lock pending requests of which somebody who is asked is away today, by their ids."""
    users, day = KNOWN_USERS.c, today.isoformat()
    # days as text: ISO dates compare as they follow each other
    absence = func.jsonb_array_elements(users.absences, type_=JSONB).column_valued("absence")
    holds = and_(absence["start"].astext <= day, absence["end"].astext >= day)
    away = select(users.id).where(select(absence).where(holds).exists())
    asked = func.unnest(Approval.approver_ids).column_valued("asked")
    waiting = (
        select(Approval)
        .where(Approval.state == PENDING, select(asked).where(asked.in_(away)).exists())
        .order_by(Approval.id)
        .limit(limit)
    )
    if after is not None:
        waiting = waiting.where(Approval.id > after)
    return (await session.scalars(waiting.with_for_update(skip_locked=True))).all()
