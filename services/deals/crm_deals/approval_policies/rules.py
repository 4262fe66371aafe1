"""Which change needs consent: pure functions and values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from crm_deals.pipelines.rules import REQUIREMENT_FIELDS, StageEntry
from crm_shared.filters import Fields, Tree, matches

HUNDRED = Decimal(100)
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class PolicyEntry:
    """An approval policy as the process knows it; never changed, only replaced."""

    id: UUID
    kind: Literal["stage", "discount"]
    pipeline_id: UUID | None
    stage_ids: frozenset[UUID]
    limit_percent: Decimal | None
    conditions: Tree
    steps: Sequence[Mapping[str, Any]]
    automatic_for: frozenset[str]
    askable: Fields = field(default_factory=lambda: REQUIREMENT_FIELDS)


@dataclass(frozen=True, slots=True)
class Wish:
    """A change as policies look at it: where the deal would stand and what it would give away."""

    stage: StageEntry
    enters: bool
    values: Mapping[str, Any]
    discount: Decimal
    former_discount: Decimal


def first_unmet(
    policies: Sequence[PolicyEntry], wish: Wish, granted: frozenset[UUID]
) -> PolicyEntry | None:
    """Return the first policy that asks for consent which has not been given."""
    for policy in policies:
        if policy.id not in granted and _asks(policy, wish):
            return policy
    return None


def _asks(policy: PolicyEntry, wish: Wish) -> bool:
    if policy.pipeline_id not in (None, wish.stage.pipeline_id):
        return False
    if policy.kind == "stage":
        is_meant = wish.enters and (not policy.stage_ids or wish.stage.id in policy.stage_ids)
    else:
        limit = policy.limit_percent or Decimal(0)
        # what was consented to once is not asked for again while it does not grow
        is_meant = wish.discount > max(limit, wish.former_discount)
    return is_meant and matches(policy.conditions, policy.askable, wish.values)


def largest_discount(lines: Sequence[Mapping[str, Any]]) -> Decimal:
    """Return the largest discount of any line in percent, its part of the deal's included."""
    return max((_discount(line) for line in lines), default=Decimal(0)).quantize(CENT)


def _discount(line: Mapping[str, Any]) -> Decimal:
    value = Decimal(str(line.get("discount_value") or 0))
    part = Decimal(str(line.get("deal_discount") or 0))
    if line.get("discount_type") == "percent" and not part:
        return value
    gross = Decimal(str(line["quantity"])) * Decimal(str(line["unit_price"]))
    own = gross * value / HUNDRED if line.get("discount_type") == "percent" else value
    return min((own + part) * HUNDRED / gross, HUNDRED) if gross else Decimal(0)
