"""Figures: calculated exactly, rounded once on the way out, absent with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from crm_shared.money import round_money

HUNDRED = Decimal(100)
CENT = Decimal("0.01")
LOW_N = 5
NOUGHT = Decimal(0)


class Unit(StrEnum):
    COUNT = "count"
    MONEY = "money"
    PERCENT = "percent"
    DAYS = "days"
    HOURS = "hours"
    MINUTES = "minutes"
    MILLISECONDS = "ms"
    SCORE = "score"
    RATIO = "ratio"


class Reason(StrEnum):
    """Why there is no value: never a nought that looks like one."""

    NO_DENOMINATOR = "no_denominator"
    NO_DATA = "no_data"
    NO_INPUT = "no_input"  # what it is made of is not entered anywhere yet
    NOT_COUNTED_YET = "not_counted_yet"  # defined just now: its past is still being counted
    NO_BASELINE = "no_baseline"  # nobody recorded what it was before


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with what it was made of, all of it exact."""

    value: Decimal | None
    n: int
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    coverage: Decimal | None = None
    reason: Reason | None = None
    details: dict[str, Decimal | int | None] = field(default_factory=dict)

    @property
    def low_n(self) -> bool:
        """Whether a ratio stands on so few cases that one more would move it."""
        return self.denominator is not None and self.n < LOW_N


def ratio(numerator: Decimal | int, denominator: Decimal | int, *, n: int | None = None) -> Figure:
    """Return a percentage, or nothing with its reason when there is nothing to divide by."""
    top, bottom = Decimal(numerator), Decimal(denominator)
    count = int(bottom) if n is None else n
    if not bottom:
        return Figure(None, count, top, bottom, reason=Reason.NO_DENOMINATOR)
    return Figure(top * HUNDRED / bottom, count, top, bottom)


def quotient(numerator: Decimal, denominator: Decimal, *, n: int) -> Figure:
    """Return how many times a sum holds another; nothing with its reason over nothing."""
    if not denominator:
        return Figure(None, n, numerator, denominator, reason=Reason.NO_DENOMINATOR)
    return Figure(numerator / denominator, n, numerator, denominator)


def unknown(reason: Reason, **details: Decimal | int | None) -> Figure:
    """Return that there is no value, and why; what is known beside it is told all the same."""
    return Figure(None, 0, reason=reason, details=details)


def mean(total: Decimal, count: int) -> Figure:
    """Return an average, or nothing with its reason when there is nothing to average."""
    if not count:
        return Figure(None, 0, total, Decimal(0), reason=Reason.NO_DATA)
    return Figure(total / count, count, total, Decimal(count))


def part_of(known: Decimal | int, all_of_them: Decimal | int) -> Decimal | None:
    """Return which share of the facts had the field that was needed."""
    return Decimal(known) / all_of_them if all_of_them else None


def rounded(value: Decimal | None, unit: Unit, currency: str) -> Decimal | None:
    """Round half up by the unit: money to its currency's digits, percent and days to two."""
    if value is None:
        return None
    if unit is Unit.MONEY:
        return round_money(value, currency)
    if unit is Unit.COUNT:
        return value.quantize(Decimal(1), ROUND_HALF_UP)
    return value.quantize(CENT, ROUND_HALF_UP)


def written(value: Decimal | None) -> str | None:
    """Write a decimal without exponent; zero has no sign."""
    return None if value is None else format(value + 0 if value else abs(value), "f")


def shares(values: Sequence[Decimal | None]) -> list[Decimal | None]:
    """Return percentages of the sum that add up to 100.00, by largest remainder.

    There are none when the sum is nothing, or when a value is missing or negative.
    """
    known = [value for value in values if value is not None]
    whole = sum(known, NOUGHT)
    if len(known) < len(values) or whole <= 0 or min(known) < 0:
        return [None] * len(values)
    exact = [value * HUNDRED / whole for value in known]
    floors = [value.quantize(CENT, "ROUND_FLOOR") for value in exact]
    left = int((HUNDRED - sum(floors, NOUGHT)) / CENT)
    by_remainder = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    for index in by_remainder[:left]:
        floors[index] += CENT
    return list(floors)
