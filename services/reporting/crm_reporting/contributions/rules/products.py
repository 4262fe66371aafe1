"""A deal's amount split over its products."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from crm_reporting.contributions.rules.values import Line

NO_PRODUCT = UUID(int=0)
UNIT = Decimal("0.0001")


def split(amount: Decimal | None, lines: Iterable[Line]) -> list[tuple[UUID, Decimal | None]]:
    """Give each product its part; the parts always add up to the deal's own amount.

    Where the amount differs from the sum of the lines (a discount on the whole), every line
    carries its share of the difference.
    """
    totals: dict[UUID, Decimal] = defaultdict(Decimal)
    for product, total in lines:
        totals[product] += total
    if not totals:
        return [(NO_PRODUCT, amount)]
    products = sorted(totals)
    if amount is None:
        return [(product, None) for product in products]
    whole = sum(totals.values(), Decimal(0))
    if whole == amount:
        return [(product, totals[product]) for product in products]
    weights = [totals[product] if whole else Decimal(1) for product in products]
    return list(zip(products, _allocate(amount, weights), strict=True))


def _allocate(amount: Decimal, weights: list[Decimal]) -> list[Decimal]:
    whole = sum(weights, Decimal(0))
    parts, passed, given = [], Decimal(0), Decimal(0)
    for weight in weights:
        passed += weight
        upto = (amount * passed / whole).quantize(UNIT, ROUND_HALF_UP)
        parts.append(upto - given)
        given = upto
    return parts
