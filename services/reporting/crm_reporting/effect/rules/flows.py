"""E3, E4, E9: payback, return and net present value of benefits that come month by month."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import count, islice

from crm_reporting.effect.rules.exact import NOUGHT, ONE, Maybe, discount, discounts, percent_of

DAYS_A_MONTH = 30
# past a hundred years a discounted benefit pays nothing back that it has not yet
LONGEST = 1200
MONTHS = 12


class Ramp(StrEnum):
    """How the effect grows to its full strength."""

    NONE = "none"
    LINEAR = "linear"
    S_CURVE = "s_curve"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class RampUp:
    """E9: the share of the effect reached in a month; a table keeps its last value."""

    kind: Ramp = Ramp.NONE
    months: int = 0
    table: tuple[Fraction, ...] = ()

    def share(self, month: int) -> Fraction:
        """Return the share of month 1, 2 …; of the curve 3t² − 2t³ where t = month / months."""
        if self.kind is Ramp.TABLE:
            return self.table[min(month, len(self.table)) - 1]
        if self.kind is Ramp.NONE or month >= self.months:
            return ONE
        part = Fraction(month, self.months)
        return part if self.kind is Ramp.LINEAR else part * part * (3 - 2 * part)

    @property
    def settled(self) -> int:
        """The month from which nothing changes any more."""
        return len(self.table) if self.kind is Ramp.TABLE else max(1, self.months)


AT_ONCE = RampUp()


@dataclass(frozen=True, slots=True)
class Flow:
    """What is put in at once, what comes and goes every month at full strength."""

    investment: Fraction
    benefit: Fraction
    running: Fraction = NOUGHT
    ramp: RampUp = AT_ONCE

    def nets(self) -> Iterator[Fraction]:
        """Yield benefit less running cost, month by month, without end."""
        for month in count(1):
            yield self.benefit * self.ramp.share(month) - self.running


@dataclass(frozen=True, slots=True)
class Payback:
    """When the investment has come back: months, or `never`."""

    months: Fraction | None
    reason: str | None = None

    @property
    def days(self) -> Fraction | None:
        """Days, of months that have thirty."""
        return None if self.months is None else self.months * DAYS_A_MONTH

    def day(self, start: date) -> date | None:
        """Return the calendar day it falls on, counted in real months; None past the calendar."""
        if self.months is None:
            return None
        full = self.months.numerator // self.months.denominator
        if start.year + full // MONTHS + 1 >= date.max.year:
            return None
        begun, after = months_on(start, full), months_on(start, full + 1)
        part = (self.months - full) * (after - begun).days
        return begun + timedelta(days=-(-part.numerator // part.denominator))


NEVER = Payback(None, "never")


def simple(flow: Flow) -> Payback:
    """Divide the investment by what a month at full strength leaves."""
    if not flow.investment:
        return Payback(NOUGHT)
    net = flow.benefit - flow.running
    return Payback(flow.investment / net) if net > 0 else NEVER


def cumulative(flow: Flow) -> Payback:
    """Add up month by month until the investment is reached, interpolated inside the month."""
    begun = islice(flow.nets(), flow.ramp.settled)
    found, left = _crossing(flow.investment, begun)
    if found is not None:
        return Payback(found)
    net = flow.benefit * flow.ramp.share(flow.ramp.settled) - flow.running
    return Payback(flow.ramp.settled + left / net) if net > 0 else NEVER


def discounted(flow: Flow, annual_percent: Fraction) -> Payback:
    """The same with money worth less the later it comes; a month's money comes at its end."""
    if not annual_percent:
        return cumulative(flow)
    nets = list(islice(flow.nets(), LONGEST))
    if not any(net > 0 for net in nets):
        return NEVER if flow.investment > 0 else Payback(NOUGHT)
    worth = (net * factor for net, factor in zip(nets, discounts(annual_percent), strict=False))
    found, _left = _crossing(flow.investment, worth)
    return NEVER if found is None else Payback(found)


def roi(flow: Flow, horizon: int) -> Maybe:
    """E4: (benefit − cost) / cost over `horizon` months, in percent; nothing without a cost."""
    benefit = sum((flow.benefit * flow.ramp.share(m) for m in range(1, horizon + 1)), NOUGHT)
    cost = flow.investment + flow.running * horizon
    return percent_of(benefit - cost, cost, reason="no_cost")


def npv(flow: Flow, horizon: int, annual_percent: Fraction) -> Fraction:
    """Return what the whole is worth today."""
    nets = enumerate(islice(flow.nets(), horizon), start=1)
    return sum((net * discount(annual_percent, month) for month, net in nets), -flow.investment)


def months_on(start: date, months: int) -> date:
    """Return the same day some months later, or the last one of a shorter month."""
    years, month = divmod(start.month - 1 + months, MONTHS)
    year = start.year + years
    after = date(year + month // (MONTHS - 1), (month + 1) % MONTHS + 1, 1)
    return date(year, month + 1, min(start.day, (after - timedelta(days=1)).day))


def _crossing(goal: Fraction, nets: Iterator[Fraction]) -> tuple[Fraction | None, Fraction]:
    """Return when the sum reaches the goal, else None and what is left to reach."""
    left = goal
    if left <= 0:
        return NOUGHT, NOUGHT
    for month, net in enumerate(nets):
        if net >= left:
            return month + left / net, NOUGHT
        left -= net
    return None, left
