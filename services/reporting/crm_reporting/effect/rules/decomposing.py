"""Which factor brings how much of the growth: in the seed's order, free of order, one at a time."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import factorial, prod

from crm_reporting.effect.rules.chain import FACTORS, Factors
from crm_reporting.effect.rules.exact import ONE


@dataclass(frozen=True, slots=True)
class Credit:
    """What one factor brings; the first two columns add up to the growth, the third does not."""

    factor: str
    in_order: Fraction
    order_free: Fraction
    alone: Fraction


def decompose(before: Factors, after: Factors, sales: Fraction) -> list[Credit]:
    """Share the exact growth of `sales` out; empty when a factor is not known."""
    ratios = _ratios(before, after)
    if ratios is None:
        return []
    credits, grown = [], sales
    for place, factor in enumerate(FACTORS):
        own = ratios[factor] - 1
        others = [ratios[name] for name in FACTORS if name != factor]
        credits.append(Credit(factor, grown * own, sales * own * _mean(others), sales * own))
        grown = sales * prod((ratios[name] for name in FACTORS[: place + 1]), start=ONE)
    return credits


def _ratios(before: Factors, after: Factors) -> dict[str, Fraction] | None:
    found = {}
    for name in FACTORS:
        old, new = getattr(before, name), getattr(after, name)
        if not old or new is None:
            return None
        found[name] = new / old
    return found


def _mean(others: list[Fraction]) -> Fraction:
    """Return the mean, over all orders, of the product of those that came before (Shapley)."""
    count, total = len(others), Fraction(0)
    for size in range(count + 1):
        weight = Fraction(factorial(size) * factorial(count - size), factorial(count + 1))
        total += weight * sum(prod(chosen, start=ONE) for chosen in combinations(others, size))
    return total
