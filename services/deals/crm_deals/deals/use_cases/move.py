"""Moving a deal: the hot path, two statements in all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approval_policies.errors import ApprovalNeededError
from crm_deals.deals import catalogue, queries
from crm_deals.deals.catalogue import Catalogue
from crm_deals.deals.errors import DealMovedMeanwhileError
from crm_deals.deals.models import Deal
from crm_deals.deals.statements import (
    ENTRY_COLUMNS,
    MOVE_DEAL,
    MOVE_DEAL_AND_COSTS,
    MOVED_COLUMNS,
    MOVES,
)
from crm_deals.deals.use_cases import announcements, preparing
from crm_deals.deals.use_cases.gates import NOTHING, Asked, pass_gates
from crm_deals.pipelines.rules import StageEntry
from crm_deals.validations.use_cases import counts_owners
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.validations.errors import ForbiddenByValidationError

# what the check knew may be two seconds old: once more with what holds now, then it is a race
MOST_ATTEMPTS = 2
# The statement's parameters and where their values stand.
DEAL_PARAMETERS = [(f"deal_{name}", name) for name in MOVED_COLUMNS]
MOVE_PARAMETERS = [(f"move_{name}", name) for name in MOVES.c.keys()]  # noqa: SIM118 its columns
ENTRY_PARAMETERS = [(f"entry_{name}", name) for name in ENTRY_COLUMNS]


@dataclass(frozen=True, slots=True)
class MoveOrder:
    """Where to, why, and since when."""

    stage_id: UUID
    reason_id: UUID | None = None
    reason_note: str | None = None
    competitor_id: UUID | None = None
    reopen: bool = False
    occurred_at: datetime | None = None
    # approval policies whose consent has been given
    granted: frozenset[UUID] = NOTHING

    def values(self) -> dict[str, Any]:
        """Return where to and why, as the other verbs are given it."""
        return {
            "stage_id": self.stage_id,
            "reason_id": self.reason_id,
            "reason_note": self.reason_note,
            "competitor_id": self.competitor_id,
            "reopen": self.reopen,
        }

    def asked(self, left: StageEntry) -> dict[str, Any]:
        """Return the move as a request for consent keeps it."""
        return {**self.values(), "from_stage_id": left.id}


async def are_counted(session: AsyncSession) -> bool:
    """Tell whether a validation limits how many deals somebody has, as far as is known here."""
    known = await catalogue.current(session)
    return counts_owners(known.guards.validations)


async def move_deal(
    session: AsyncSession,
    access: Access,
    deal_id: UUID,
    order: MoveOrder,
    *,
    expected: int | None,
) -> Deal:
    """Move a deal to another stage and announce it; a move to where it already is does nothing.

    The deal is read without a lock and checked; one statement then writes change, history and
    event if its revision, the pipeline's and the guards' are still those that were checked.
    Raises ApprovalNeededError when it needs consent that `order.granted` does not name.
    """
    for _ in range(MOST_ATTEMPTS):
        deal = await queries.get_deal_to_move(session, access, deal_id)
        if expected not in (None, deal.revision):
            raise ChangedMeanwhileError
        if deal.stage_id == order.stage_id:
            return deal
        known = await catalogue.knowing(
            session,
            stage_id=order.stage_id,
            reason_id=order.reason_id,
            competitor_id=order.competitor_id,
        )
        try:
            if await _write(session, access, known, deal, order):
                return deal
        except (ForbiddenByValidationError, ApprovalNeededError):
            # what was switched off a moment ago refuses nothing any more
            if await catalogue.guarded(session, known) is known:
                raise
            continue
        # nothing was written: the deal moved, or what it was checked against; the stamp tells which
        checked_against = known.stamp(deal.pipeline_id)
        known = await catalogue.reload(session)
        if known.stamp(deal.pipeline_id) == checked_against:
            break
    raise DealMovedMeanwhileError(deal_id) if expected is None else ChangedMeanwhileError()


async def _write(
    session: AsyncSession, access: Access, known: Catalogue, deal: Deal, order: MoveOrder
) -> bool:
    at = preparing.moment_of(access, order.occurred_at, after=deal.occurred_at)
    left = deal.move_to(preparing.move_of(known, order.values(), at))
    preparing.check_demands(known, deal)
    has_new_costs = await preparing.freeze_costs(session, deal)
    event = announcements.stage_changed(deal, left)
    if known.guards:
        asked = Asked(("enter", "update"), event.changed, order.asked(left), order.granted)
        await pass_gates(session, known.guards, deal, asked)
    read_revision = deal.revision
    deal.revision, deal.occurred_at, deal.updated_at = read_revision + 1, at, utc_now()
    entry = outbox.entry_values(event, aggregate_id=deal.id, revision=deal.revision, at=at)
    move = announcements.entry_values(deal, left, revision=deal.revision, at=at)
    values: dict[str, Any] = {
        "deal_id": deal.id,
        "read_revision": read_revision,
        "pipeline_revision": known.pipelines[deal.pipeline_id].revision,
        "guard_mark": known.guards.mark,
        **{parameter: getattr(deal, name) for parameter, name in DEAL_PARAMETERS},
        **{parameter: move[name] for parameter, name in MOVE_PARAMETERS},
        **{parameter: entry[name] for parameter, name in ENTRY_PARAMETERS},
    }
    if has_new_costs:
        costly = {**values, "deal_line_items": deal.line_items}
        return (await session.execute(MOVE_DEAL_AND_COSTS, costly)).first() is not None
    return await MOVE_DEAL.first(session, values) is not None
