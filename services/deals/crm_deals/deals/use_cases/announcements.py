"""What is said of a deal when it changes."""

from datetime import datetime
from typing import Any

from crm_deals.deals.models import Deal, StageMove
from crm_deals.events import DealCreated, DealFacts, DealStageChanged, DealUpdated, StageRef
from crm_deals.pipelines.rules import StageEntry
from crm_shared import context
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.money import plainly

BOOKKEEPING = frozenset({"occurred_at", "product_ids"})
# what follows from other fields is told and is no change of its own
DERIVED = frozenset(
    {
        "stage_label", "probability", "reason_label", "reason_group", "reason_department",
        "competitor_label", "broken_down",
    }
)  # fmt: skip


def facts_of(deal: Deal) -> DealFacts:
    """Return what everyone may know of a deal now."""
    return DealFacts.model_validate(deal, from_attributes=True)


def created(deal: Deal) -> DealCreated:
    """Announce a new deal."""
    return DealCreated(deal=facts_of(deal), changed=[], previous={})


def updated(deal: Deal) -> DealUpdated | None:
    """Announce what changed without a move, if anything did."""
    changed, previous = changes_of(deal)
    if not changed:
        return None
    return DealUpdated(deal=facts_of(deal), changed=changed, previous=previous)


def stage_changed(deal: Deal, left: StageEntry) -> DealStageChanged:
    """Announce a move, with everything else that changed beside it."""
    changed, previous = changes_of(deal)
    return DealStageChanged(
        deal=facts_of(deal),
        changed=changed,
        previous=previous,
        from_stage=_ref(left),
        to_stage=_ref(deal.stage),
        reopened=left.outcome != "open",
    )


def changes_of(deal: Deal) -> tuple[list[str], dict[str, Any]]:
    """Return the names of changed fields, and old values of those that events tell."""
    changes = outbox.changes_of(deal, DealFacts)
    changed = [name for name in changes.changed if name not in BOOKKEEPING]
    return changed, plainly(changes.previous)


def stage_changed_since(before: DealFacts, deal: Deal, left: StageEntry) -> DealStageChanged:
    """Announce a move of a deal that is not written yet: compared with what was said before."""
    facts = facts_of(deal)
    old, new = before.model_dump(mode="json"), facts.model_dump(mode="json")
    changed = [name for name in new if new[name] != old[name] and name not in DERIVED]
    return DealStageChanged(
        deal=facts,
        changed=changed,
        previous={name: old[name] for name in changed},
        from_stage=_ref(left),
        to_stage=_ref(deal.stage),
        reopened=False,
    )


def entry_of(deal: Deal, left: StageEntry | None, *, revision: int, at: datetime) -> StageMove:
    """Return the line of history for entering the stage that the deal stands in."""
    return StageMove(**entry_values(deal, left, revision=revision, at=at))


def entry_values(
    deal: Deal, left: StageEntry | None, *, revision: int, at: datetime
) -> dict[str, Any]:
    """Return the same line as plain values, for the statement that writes it by hand."""
    return {
        "deal_id": deal.id,
        "revision": revision,
        "from_stage_id": left.id if left else None,
        "to_stage_id": deal.stage_id,
        "outcome": deal.outcome,
        "reason_id": deal.reason_id,
        "is_reopening": left is not None and left.outcome != "open",
        "actor_id": context.current().actor.id,
        "occurred_at": at,
        "recorded_at": utc_now(),
    }


def _ref(stage: StageEntry) -> StageRef:
    return StageRef(
        id=stage.id,
        label=stage.label,
        position=stage.position,
        probability=stage.probability,
        outcome=stage.outcome,
    )
