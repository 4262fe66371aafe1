"""E8: what becomes of the growth when the assumptions are off by some percent."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from crm_reporting.effect.rules.chain import FACTORS, RATES, Factors, Forecast, Mode
from crm_reporting.effect.rules.exact import HUNDRED, ONE, whole

GRAIN = 10**6
PERCENTILES = (5, 50, 95)


@dataclass(frozen=True, slots=True)
class Bar:
    """The growth with one factor lower and higher than planned."""

    factor: str
    low: Fraction
    high: Fraction

    @property
    def span(self) -> Fraction:
        return abs(self.high - self.low)


def tornado(told: Forecast, percent: Fraction) -> list[Bar]:
    """Return a bar for every factor, the widest first; none when a factor is not known."""
    if not _is_known(told.after):
        return []
    bars = [
        Bar(
            factor,
            _growth(told, {factor: ONE - percent / HUNDRED}),
            _growth(told, {factor: ONE + percent / HUNDRED}),
        )
        for factor in FACTORS
    ]
    return sorted(bars, key=lambda bar: (-bar.span, FACTORS.index(bar.factor)))


def draws(told: Forecast, percent: Fraction, *, count: int, seed: int) -> Sequence[Fraction]:
    """Return the growth of `count` random scenarios in rising order; the same seed, the same list.

    Every factor lies anywhere within ± percent of its planned value, each as likely.
    """
    if not _is_known(told.after):
        return []
    dice = Random(seed)  # noqa: S311 it has to be repeatable, not secret
    return sorted(
        _growth(
            told,
            {
                factor: ONE + percent / HUNDRED * Fraction(dice.randint(-GRAIN, GRAIN), GRAIN)
                for factor in FACTORS
            },
        )
        for _ in range(count)
    )


def percentile(values: Sequence[Fraction], rank: int) -> Fraction | None:
    """Return the nearest rank of values in rising order."""
    if not values:
        return None
    return values[max(0, -(-len(values) * rank // 100) - 1)]


def _growth(told: Forecast, by: dict[str, Fraction]) -> Fraction:
    product = ONE
    for factor in FACTORS:
        value = getattr(told.after, factor) * by.get(factor, ONE)
        if factor in RATES:
            value = min(value, max(ONE, getattr(told.after, factor)))
        if factor == "average_order" and told.mode is Mode.WHOLE_DEALS:
            product = whole(product)
        product *= value
    return product - told.sales_before


def _is_known(factors: Factors) -> bool:
    return all(getattr(factors, factor) is not None for factor in FACTORS)
