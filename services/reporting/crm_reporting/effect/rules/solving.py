"""E6: the margin, or the uplift of one factor alone, at which the payback is as long as wanted."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from crm_reporting.effect.rules.chain import (
    FACTORS,
    RATES,
    Change,
    Changes,
    Forecast,
    Mode,
    Situation,
    forecast,
)
from crm_reporting.effect.rules.exact import HUNDRED, ONE, Maybe

# uplifts are looked for up to eleven times the old value; rates end at 100 %
HIGHEST = Fraction(1000)
HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Goal:
    """Pay `investment` back in `months`, with `running` a month, of each unit sold `margin`."""

    investment: Fraction
    running: Fraction
    months: Fraction
    margin: Fraction = ONE

    @property
    def profit(self) -> Fraction:
        """What a month has to bring."""
        return self.investment / self.months + self.running


@dataclass(frozen=True, slots=True)
class Uplift:
    """The change of one factor in percent, others as planned; without one the limit reached."""

    factor: str
    percent: Fraction | None
    reason: str | None = None
    limit: Fraction | None = None


def margin(told: Forecast, goal: Goal) -> Maybe:
    """Return the margin in percent at which the growth pays back in time, none above 100."""
    if told.growth is None or told.growth <= 0:
        return Maybe(None, "no_growth")
    found = goal.profit * HUNDRED / told.growth
    return Maybe(found) if found <= HUNDRED else Maybe(None, "no_solution")


def uplifts(situation: Situation, changes: Changes, mode: Mode, goal: Goal) -> list[Uplift]:
    """Return, for every factor alone, the uplift that pays back in time."""
    return [_uplift(factor, situation, changes, mode, goal) for factor in FACTORS]


def _uplift(factor: str, situation: Situation, changes: Changes, mode: Mode, goal: Goal) -> Uplift:
    without = forecast(situation, changes.but(factor, Change()), mode)
    old: Fraction | None = getattr(without.before, factor)
    if not old or not without.completed or not without.after.average_order or not goal.margin:
        return Uplift(factor, None, "no_denominator")
    wanted = situation.sales + goal.profit / goal.margin
    found = _ratio(factor, without, wanted) * HUNDRED - HUNDRED
    top = max(ONE / old, ONE) * HUNDRED - HUNDRED if factor in RATES else HIGHEST
    if found > top:
        return Uplift(factor, None, "no_solution", top)
    return Uplift(factor, max(found, -HUNDRED))


def _ratio(factor: str, without: Forecast, wanted: Fraction) -> Fraction:
    """Return by what the factor has to be multiplied for the wanted sales."""
    completed, order = without.completed, without.after.average_order
    if completed is None or order is None or without.sales is None:
        raise AssertionError(factor)
    if without.mode is Mode.EXACT:
        return wanted / (completed * order)
    if factor == "average_order":
        return wanted / without.sales if without.sales else HIGHEST * 2
    # half a deal short of the number that is needed still rounds to it
    return (ceil(wanted / order) - HALF) / completed
