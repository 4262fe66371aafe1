"""Numbers that stay exact until they are told: fractions inside, decimals rounded once outside."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from math import floor

NOUGHT, ONE, HUNDRED = Fraction(0), Fraction(1), Fraction(100)
# more digits than any sum of money has, for the few figures that no fraction can hold
DIGITS = 60


@dataclass(frozen=True, slots=True)
class Maybe:
    """A number, or why there is none: never a nought that stands for nothing."""

    value: Fraction | None
    reason: str | None = None


def of(value: Decimal | int | str) -> Fraction:
    """Return a typed number exactly."""
    return Fraction(value) if isinstance(value, int) else Fraction(Decimal(value))


def percent_of(change: Fraction, base: Fraction, *, reason: str = "no_denominator") -> Maybe:
    """Return a change as percent of what it changes."""
    return Maybe(change * HUNDRED / base) if base else Maybe(None, reason)


def half_up(value: Fraction, digits: int = 0) -> Decimal:
    """Round half away from nought, as money is rounded."""
    scaled = floor(abs(value) * 10**digits + Fraction(1, 2))
    with localcontext(prec=DIGITS):
        return Decimal(scaled if value >= 0 else -scaled).scaleb(-digits)


def whole(value: Fraction) -> Fraction:
    """Round to a whole number, half up."""
    return Fraction(half_up(value))


def discounts(annual_percent: Fraction) -> Iterator[Fraction]:
    """Yield the same for one month, two, three …: a product each, where a power is a thousand."""
    worth = Decimal(1)
    month = discount(annual_percent, 1)
    while True:
        with localcontext(prec=DIGITS):
            worth *= Decimal(month.numerator) / month.denominator
        yield Fraction(worth)


def discount(annual_percent: Fraction, months: int) -> Fraction:
    """Return what one unit of money is worth today that comes in so many months."""
    with localcontext(prec=DIGITS):
        year = 1 + Decimal(annual_percent.numerator) / (100 * annual_percent.denominator)
        return Fraction(year ** (Decimal(-months) / 12))
