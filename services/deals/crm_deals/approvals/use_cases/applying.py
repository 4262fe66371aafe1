"""Doing what was consented to: once, and only if the deal still allows it."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approval_policies.errors import ApprovalNeededError
from crm_deals.approvals.models import Approval
from crm_deals.approvals.rules import MOVE_ALONE, base_of, revived
from crm_deals.deals import queries as deals
from crm_deals.deals.use_cases import MoveOrder, move_deal, revise_deal, update_deal
from crm_shared.actor import SYSTEM_ACCESS, Actor, Role
from crm_shared.clock import utc_now
from crm_shared.errors import ConflictError, ServiceError

Ask = Callable[..., Awaitable[Approval]]


class ChangedSinceAskedError(ConflictError):
    problem = "changed-since-asked"

    def __init__(self) -> None:
        super().__init__("The deal is not what it was when consent was asked for.")


async def apply_consent(session: AsyncSession, approval: Approval, *, ask: Ask) -> None:
    """Carry the wish out with its requirements checked anew; a refusal is noted, not raised.

    When another policy asks for consent as well, that is asked for now. The request itself must
    not have been touched yet: the savepoint would write it.
    """
    granted = frozenset({*approval.granted, approval.policy_id})
    try:
        async with session.begin_nested():
            await _carry_out(session, approval, granted)
        approval.applied_at = utc_now()
    except ApprovalNeededError as needed:
        # the requester asks again, though somebody else has just answered
        asker = Actor(id=approval.requested_by, role=Role.SYSTEM)
        approval.refusal = await _ask_on(session, approval, asker, needed, granted, ask)
    except ServiceError as refused:
        approval.refusal = refused.problem


async def _ask_on(
    session: AsyncSession,
    approval: Approval,
    asker: Actor,
    needed: ApprovalNeededError,
    granted: frozenset[UUID],
    ask: Ask,
) -> str:
    refusal = needed.problem
    try:
        await ask(session, asker, approval.deal_id, needed, granted=granted)
    except ServiceError as refused:
        # what that policy is asked about already goes first: the consent given here still counts
        refusal = refused.problem
    session.add(approval)
    return refusal


async def _carry_out(session: AsyncSession, approval: Approval, granted: frozenset[UUID]) -> None:
    # held before it is read: whoever is just saving it would leave the consent spent on nothing
    await deals.hold_deal(session, approval.deal_id)
    deal = await deals.get_deal(session, SYSTEM_ACCESS, approval.deal_id)
    order = revived(approval.order)
    left_id = order.pop("from_stage_id", None)
    if left_id is not None and str(deal.stage_id) != left_id:
        raise ChangedSinceAskedError
    # the wish overwrites what it names: nobody's later word may be lost under it
    if base_of(deal, approval.base) != approval.base:
        raise ChangedSinceAskedError
    if "stage_id" in order and order.keys() <= MOVE_ALONE:
        move = MoveOrder(**order, granted=granted)
        await move_deal(session, SYSTEM_ACCESS, deal.id, move, expected=None)
        return
    if "stage_id" in order:
        await revise_deal(session, SYSTEM_ACCESS, deal, order, granted=granted)
        return
    await update_deal(session, SYSTEM_ACCESS, deal.id, order, expected=None, granted=granted)
