"""Every SELECT of the approvals feature."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approvals.errors import ApprovalNotFoundError
from crm_deals.approvals.models import PENDING, Approval, ApprovalDecision, ApprovalDelegate
from crm_shared.actor import Access, Role, Scope
from crm_shared.db.infrastructure import KNOWN_TEAMS, KNOWN_USERS
from crm_shared.db.scope import visible


def visible_approvals(access: Access) -> Select[Approval]:
    """Select the requests about deals one may see, one's own, and those one is asked about."""
    if access.scope is Scope.ALL:
        return select(Approval)
    me = access.actor.id
    own = or_(Approval.requested_by == me, Approval.approver_ids.contains([me]))
    return select(Approval).where(or_(visible(access, Approval.owner_id, Approval.team_id), own))


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


async def find_principal(session: AsyncSession, approval_id: UUID, user_id: UUID) -> UUID | None:
    """Return in whose place somebody answers this request."""
    return await session.scalar(
        select(ApprovalDelegate.from_user_id).where(
            ApprovalDelegate.approval_id == approval_id, ApprovalDelegate.to_user_id == user_id
        )
    )


async def take_due(session: AsyncSession, now: datetime, *, limit: int) -> Sequence[Approval]:
    """Lock requests whose deadline has passed; those that another worker holds are left out."""
    due = (
        select(Approval)
        .where(Approval.state == PENDING, Approval.due_at <= now)
        .order_by(Approval.due_at, Approval.id)
        .limit(limit)
    )
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
) -> list[UUID]:
    """Return who is meant and works here, in a fixed order; never whoever asks himself."""
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
        select(users.id, or_(*wanted[1:]).label("is_asked")).where(
            and_(users.is_active, users.id != but, or_(*wanted))
        )
    )
    here = {row.id: bool(row.is_asked) for row in found}
    stand_ins = {UUID(one) for user_id, one in named.items() if one and user_id not in here}
    return sorted(
        user_id
        for user_id, is_asked in here.items()
        if is_asked or user_id in named or user_id in stand_ins
    )


def _names(approver: Mapping[str, Any]) -> bool:
    return bool(approver.get("user_id"))


async def list_admins(session: AsyncSession, *, but: UUID) -> list[UUID]:
    """Return the administrators who work here."""
    return await resolve_approvers(session, [{"role": Role.ADMIN}], team_id=None, but=but)
