"""What the company's own rules say to a change: validations forbid it, policies let it wait."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.inspection import inspect

from crm_deals.approval_policies.errors import ApprovalNeededError
from crm_deals.approval_policies.rules import Wish, first_unmet, largest_discount
from crm_deals.deals.catalogue import Guards
from crm_deals.deals.models import Deal
from crm_deals.events import DealFacts
from crm_deals.validations.use_cases import check_attempt
from crm_shared.validations.rules import Attempt

NOTHING: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is tried, and what would be asked for if it needs consent."""

    does: Iterable[str]
    changed: Iterable[str] = ()
    order: Mapping[str, Any] | None = None
    granted: frozenset[UUID] = NOTHING
    is_import: bool = False


async def pass_gates(session: AsyncSession, guards: Guards, deal: Deal, asked: Asked) -> None:
    """Refuse what a validation forbids; ApprovalNeededError for what needs consent first.

    The deal stands as it would after the change. Imports need no consent: they tell the past.
    """
    # most companies have none: moves pay nothing for what they do not use
    if not guards:
        return
    does = frozenset(asked.does)
    values = {name: getattr(deal, name) for name in DealFacts.model_fields}
    values["custom"] = deal.all_fields
    attempt = Attempt(
        record_id=deal.id,
        within=deal.stage.pipeline_id,
        does=does,
        stage=deal.stage.id,
        outcome=deal.stage.outcome,
        changed=frozenset(asked.changed),
        values=values,
        is_import=asked.is_import,
    )
    await check_attempt(session, guards.validations, attempt)
    if asked.is_import or "archive" in does or not guards.policies:
        return
    wish = Wish(
        stage=deal.stage,
        enters="enter" in does,
        values=values,
        discount=largest_discount(deal.line_items),
        former_discount=largest_discount(_former_lines(deal, is_new="create" in does)),
    )
    policy = first_unmet(guards.policies, wish, asked.granted)
    if policy is not None:
        raise ApprovalNeededError(policy, dict(asked.order or {}), discount=wish.discount)


def _former_lines(deal: Deal, *, is_new: bool) -> list[Any]:
    if is_new:
        return []
    # as it was read: a larger discount needs consent, one that was there already does not
    history = inspect(deal).attrs.line_items.history
    return list(history.deleted[0] or []) if history.deleted else list(deal.line_items)
