"""What is asked for: one metric, or what has to be read for it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from crm_reporting.contributions.rules import Part
from crm_reporting.contributions.rules.cells import KINDLESS, Grain
from crm_reporting.contributions.rules.values import FLOWS, STAGED
from crm_reporting.metrics.rules.catalogue import KINDS, Dimension, Metric
from crm_reporting.metrics.rules.classes import UNTIL_A, UNTIL_B
from crm_reporting.metrics.rules.periods import Against, Interval, Period
from crm_shared.actor import Access, Scope
from crm_shared.filters import And, Comparison, Tree

Outcome = Literal["restate", "ledger"]
# who a customer is: the company itself, or the parent that it belongs to in the end
Customers = Literal["own", "parent"]
PLAIN = frozenset({"eq", "in"})
DIMENSION_OF = {
    "pipeline_id": Dimension.PIPELINE, "owner_id": Dimension.OWNER, "team_id": Dimension.TEAM,
    "product_id": Dimension.PRODUCT, "company_id": Dimension.COMPANY,
    "channel": Dimension.CHANNEL, "sector": Dimension.SECTOR,
    "customer_id": Dimension.CUSTOMER, "kind": Dimension.KIND, "source": Dimension.SOURCE,
    "reason_id": Dimension.REASON, "topic": Dimension.TOPIC, "department": Dimension.DEPARTMENT,
}  # fmt: skip
# Every counter knows its pipeline and stage; the smallest grain that knows the rest is read.
GRAINS = (
    (Grain.TOTAL, frozenset[Dimension]()),
    (Grain.TEAM, frozenset({Dimension.TEAM})),
    (Grain.OWNER, frozenset({Dimension.OWNER, Dimension.TEAM})),
    (Grain.CHANNEL, frozenset({Dimension.CHANNEL})),
    (Grain.PRODUCT, frozenset({Dimension.PRODUCT})),
    (Grain.KIND, KINDS),
)
KEPT_BY_ALL = frozenset({Dimension.PIPELINE, Dimension.STAGE})
OF_PRODUCTS = frozenset(
    {
        Part.CREATED, Part.UNDATED, Part.WON, Part.LOST, Part.WON_BOOKED, Part.LOST_BOOKED,
        Part.UNSOLD, Part.UNSOLD_BOOKED,
    }
)  # fmt: skip
KEEPERS = {
    Grain.CHANNEL: FLOWS,
    Grain.PRODUCT: OF_PRODUCTS,
    Grain.KIND: FLOWS - KINDLESS,
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to one metric."""

    metric: Metric
    period: Period
    access: Access
    today: date
    currency: str
    by: Dimension | None = None
    interval: Interval | None = None
    compare: Against | None = None
    outcome: Outcome = "restate"
    variant: str | None = None
    include_zero: bool = False
    as_of: datetime | None = None
    as_was: bool = False  # before merges: each record by itself
    customers: Customers = "own"
    until_a: Decimal = UNTIL_A
    until_b: Decimal = UNTIL_B
    filter: And = field(default_factory=lambda: And(()))

    @property
    def is_of_now(self) -> bool:
        """Whether the kept rows answer it as they are: nothing recalled, nobody regrouped."""
        return self.as_of is None and not self.as_was and self.customers == "own"

    @property
    def counted(self) -> Period:
        """The days that count: of what is due, only those that are over."""
        if not self.metric.until_today or self.period.end <= self.today:
            return self.period
        return Period(self.period.start, max(self.period.start, self.today))


@dataclass(frozen=True, slots=True)
class Read:
    """What one read sums: parts, days, groups, conditions."""

    parts: tuple[Part, ...]
    period: Period
    access: Access
    filter: And
    by: Dimension | None = None
    interval: Interval | None = None
    by_stage: bool = False
    from_facts: bool = False
    active: bool = False

    @property
    def is_of_all(self) -> bool:
        """Whether all rows that there are now are asked of: what is kept of customers answers."""
        return not self.from_facts and self.access.scope is Scope.ALL and not self.filter.items

    @property
    def dimensions(self) -> frozenset[Dimension]:
        """What a source must know to answer."""
        found = {DIMENSION_OF[name] for name in names_of(self.filter)}
        if self.by is not None:
            found.add(self.by)
        if self.access.scope is Scope.OWN:
            found.add(Dimension.OWNER)
        if self.access.scope is Scope.TEAM:
            found.add(Dimension.TEAM)
        return frozenset(found)

    def grain(self) -> Grain | None:
        """Return the counters that answer, or None when only the contributions can."""
        if self.from_facts or self.active or not _is_plain(self.filter):
            return None
        if Dimension.STAGE in self.dimensions and not STAGED.issuperset(self.parts):
            return None
        wanted = self.dimensions - KEPT_BY_ALL
        for grain, known in GRAINS:
            if wanted <= known:
                return grain if self._has(grain) else None
        return None

    def _has(self, grain: Grain) -> bool:
        if grain in KEEPERS:
            return KEEPERS[grain].issuperset(self.parts)
        return grain is Grain.TOTAL or Part.REACHED not in self.parts


def teams_of(access: Access) -> list[UUID]:
    """Return the teams whose facts the caller may see, in a fixed order."""
    return sorted(access.actor.team_ids)


def ids_asked(tree: And, name: str) -> Collection[Any] | None:
    """Return the values that a plain filter confines a field to; None when it does not."""
    for item in tree.items:
        if isinstance(item, Comparison) and item.field == name and item.op in PLAIN:
            return list(item.value) if item.op == "in" else [item.value]
    return None


def names_of(tree: Tree) -> set[str]:
    """Return the names of fields that a filter asks."""
    if isinstance(tree, Comparison):
        return {tree.field}
    items = tree.items if hasattr(tree, "items") else (tree.item,)
    return set().union(*(names_of(item) for item in items))


def _is_plain(tree: And) -> bool:
    return all(isinstance(item, Comparison) and item.op in PLAIN for item in tree.items)
