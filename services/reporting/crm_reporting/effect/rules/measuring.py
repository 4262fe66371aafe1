"""E17, E18, E21, K47: now against before, against those not yet on the CRM, against the plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from crm_reporting.effect.rules.exact import HUNDRED, NOUGHT, ONE, Maybe, percent_of

Direction = Literal["up", "down", "none"]


@dataclass(frozen=True, slots=True)
class Side:
    """A metric over some time: its value, by which definition, over how many working days.

    `months` holds its value by calendar month (1–12), for the seasons.
    """

    value: Fraction | None
    version: int
    working_days: Fraction | int = 0
    months: Mapping[int, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """E17: one metric before and after. `since_start` when nobody recorded a baseline."""

    before: Fraction | None
    after: Fraction | None
    change: Fraction | None
    percent: Maybe
    good: bool | None
    reason: str | None
    seasonal_before: Fraction | None = None
    seasonal_change: Fraction | None = None
    daily_before: Fraction | None = None
    daily_after: Fraction | None = None


def before_after(
    before: Side | None, after: Side, *, direction: Direction, additive: bool
) -> BeforeAfter:
    """Compare a metric with its baseline; sums also per working day and with the same months."""
    nothing = Maybe(None, "no_baseline")
    if before is not None and before.value is None:
        none = Maybe(None, "no_rate")
        return BeforeAfter(None, after.value, None, none, None, "no_rate")
    if before is None or before.value is None:
        return BeforeAfter(None, after.value, None, nothing, None, "since_start")
    if before.version != after.version:
        other = "other_version"
        return BeforeAfter(before.value, after.value, None, Maybe(None, other), None, other)
    if after.value is None:
        return BeforeAfter(before.value, None, None, Maybe(None, "no_data"), None, "no_data")
    change = after.value - before.value
    season = _same_months(before, after, additive=additive)
    return BeforeAfter(
        before.value, after.value, change,
        percent_of(change, before.value, reason="no_denominator"),
        is_good(change, direction), None,
        seasonal_before=season,
        seasonal_change=None if season is None else after.value - season,
        daily_before=_daily(before, additive=additive),
        daily_after=_daily(after, additive=additive),
    )  # fmt: skip


def is_good(change: Fraction, direction: Direction) -> bool | None:
    """Tell whether a change is to the better; None when it is neither."""
    if direction == "none" or not change:
        return None
    return (change > 0) == (direction == "up")


@dataclass(frozen=True, slots=True)
class Difference:
    """E18: what the teams on the CRM gained more than those not yet on it."""

    value: Fraction | None
    causal: bool
    reason: str | None = None


def difference_in_differences(
    on: tuple[Fraction | None, Fraction | None], off: tuple[Fraction | None, Fraction | None] | None
) -> Difference:
    """Return (after − before) of one group less that of the other; each a pair before, after."""
    if off is None:
        return Difference(None, causal=False, reason="no_comparison_group")
    known = [value for value in (*on, *off) if value is not None]
    if len(known) < len(on) + len(off):
        return Difference(None, causal=False, reason="no_data")
    on0, on1, off0, off1 = known
    return Difference((on1 - on0) - (off1 - off0), causal=True)


def mean_of(
    pairs: Sequence[tuple[Fraction | None, Fraction | None]],
) -> tuple[Fraction | None, Fraction | None]:
    """Return the mean of a group before and after; unknown where that of one team is."""
    before, after = (_whole(side, len(pairs)) for side in zip(*pairs, strict=True))
    return before, after


@dataclass(frozen=True, slots=True)
class Attainment:
    """K47: how much of a plan is reached, in percent, not capped; and at which pace."""

    percent: Maybe
    pace: Maybe


def attainment(
    actual: Fraction | None,
    plan: Fraction,
    *,
    direction: Direction = "up",
    elapsed: Fraction = ONE,
) -> Attainment:
    """K47, E21: actual / plan, or plan / actual where less is better.

    Pace compares with the plan of the working days that have gone by: `elapsed` of all. Where less
    is better it is the same as the percentage, for such a plan does not grow with the days.
    """
    if actual is None:
        nothing = Maybe(None, "no_data")
        return Attainment(nothing, nothing)
    if not plan:
        nothing = Maybe(None, "no_plan")
        return Attainment(nothing, nothing)
    if direction == "down":
        found = percent_of(plan, actual)
        return Attainment(found, found)
    due = plan * elapsed
    pace = percent_of(actual, due, reason="no_working_days")
    return Attainment(Maybe(actual * HUNDRED / plan), pace)


def _same_months(before: Side, after: Side, *, additive: bool) -> Fraction | None:
    """Return the baseline's value of the months that `after` consists of; all have to be there."""
    if not after.months or not set(after.months) <= set(before.months):
        return None
    known = [before.months[month] for month in after.months]
    total = sum(known, NOUGHT)
    return total if additive else total / len(known)


def _daily(side: Side, *, additive: bool) -> Fraction | None:
    if not additive or side.value is None or not side.working_days:
        return None
    return side.value / side.working_days


def _whole(values: Sequence[Fraction | None], count: int) -> Fraction | None:
    known = [value for value in values if value is not None]
    return sum(known, Fraction(0)) / count if len(known) == count else None
