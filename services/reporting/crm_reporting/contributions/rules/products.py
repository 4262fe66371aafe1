"""A deal's amount split over its products."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from crm_reporting.contributions.rules.values import Line

NO_PRODUCT = UUID(int=0)
UNIT = Decimal("0.0001")
BASE = "base"


def split(amount: Decimal | None, lines: Iterable[Line]) -> list[tuple[UUID, Decimal | None]]:
    """Give each product its part; the parts always add up to the deal's own amount.

    Where the amount differs from the sum of the lines (a discount on the whole), every line
    carries its share of the difference.
    """
    totals: dict[UUID, Decimal] = defaultdict(Decimal)
    for line in lines:
        totals[line.product] += line.total
    if not totals:
        return [(NO_PRODUCT, amount)]
    products = sorted(totals)
    if amount is None:
        return [(product, None) for product in products]
    whole = sum(totals.values(), Decimal(0))
    if whole == amount:
        return [(product, totals[product]) for product in products]
    weights = [totals[product] if whole else Decimal(1) for product in products]
    return list(zip(products, allocate(amount, weights), strict=True))


def by_kind(amount: Decimal, lines: Iterable[Line]) -> dict[str, Decimal]:
    """Give each kind of sale its part of a deal's amount; without lines all of it is base."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        totals[line.kind] += line.total
    kinds = sorted(totals) or [BASE]
    weights = [totals[kind] for kind in kinds]
    if not sum(weights):
        weights = [Decimal(1) for _ in kinds]
    return dict(zip(kinds, allocate(amount, weights), strict=True))


def profit(amount: Decimal | None, lines: Sequence[Line]) -> Decimal | None:
    """Return an amount less what its goods cost; unknown while the cost of one of them is."""
    costs = [line.cost for line in lines if line.cost is not None]
    if amount is None or not lines or len(costs) < len(lines):
        return None
    return amount - sum(costs, Decimal(0))


def allocate(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Split an amount by weights; the parts always make the whole."""
    whole = sum(weights, Decimal(0))
    parts, passed, given = [], Decimal(0), Decimal(0)
    for weight in weights:
        passed += weight
        upto = (amount * passed / whole).quantize(UNIT, ROUND_HALF_UP)
        parts.append(upto - given)
        given = upto
    return parts
