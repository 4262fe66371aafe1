"""K47: what a plan asks of some days, and how much of it was reached. Pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from crm_reporting.inputs.rules.spreading import Span
from crm_reporting.metrics.rules.dimensions import Direction
from crm_reporting.metrics.rules.numbers import HUNDRED, Figure, Reason, part_of, unknown
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.metrics.rules.spending import decimal

IsWorked = Callable[[date], bool]


class Target(NamedTuple):
    """A plan's value over its days; the later one of two was set last."""

    over: Span
    value: Fraction


class Asked(NamedTuple):
    """What plans ask of a period, of its part until today, and of how many of its days."""

    whole: Fraction
    begun: Fraction
    days: int


def asked_of(
    targets: Sequence[Target], period: Period, today: date, is_worked: IsWorked, *, additive: bool
) -> Asked:
    """Add up what each day asks for: by the shortest plan that covers it, the last of equals.

    A sum is spread over a plan's working days; of a ratio the days' mean is taken.
    """
    worked = {target: _worked(target.over, is_worked) for target in targets}
    ordered = sorted(enumerate(targets), key=lambda one: (one[1].over.days, -one[0]))
    whole, begun, covered = Fraction(0), Fraction(0), 0
    first = max(min((one.over.first for one in targets), default=period.end), period.start)
    last = min(max((one.over.last for one in targets), default=first), period.last_day)
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        target = next((t for _, t in ordered if t.over.first <= day <= t.over.last), None)
        if target is None:
            continue
        covered += 1
        part = target.value
        if additive:
            days = worked[target]
            part = Fraction(target.value, days or target.over.days)
            part = part if is_worked(day) or not days else Fraction(0)
        whole += part
        begun += part if day <= today else 0
    if not additive and covered:
        whole, begun = whole / covered, whole / covered
    return Asked(whole, begun, covered)


def together(asked: Iterable[Asked], *, additive: bool) -> Asked:
    """Add the plans of several people or teams up; of ratios the mean is taken."""
    known = list(asked)
    count = 1 if additive or not known else len(known)
    return Asked(
        sum((one.whole for one in known), Fraction(0)) / count,
        sum((one.begun for one in known), Fraction(0)) / count,
        max((one.days for one in known), default=0),
    )


def attained(actual: Figure, asked: Asked, period: Period, direction: Direction) -> Figure:
    """Return actual / plan in percent, not capped; where less is better plan / actual.

    Pace compares with what the working days gone by ask for. Coverage: the days that have a plan.
    """
    plan = decimal(asked.whole)
    details: dict[str, Decimal | int | None] = {"plan": plan, "actual": actual.value}
    if not asked.days:
        return unknown(Reason.NO_INPUT, actual=actual.value)
    top, bottom = actual.value, plan
    if direction is Direction.DOWN and actual.value is not None:
        top, bottom = plan, actual.value
    covered = part_of(asked.days, period.days)
    if top is None or not bottom:
        reason = actual.reason or Reason.NO_DENOMINATOR
        return Figure(None, actual.n, top, bottom, covered, reason, details)
    begun = decimal(asked.begun)
    paced = direction is not Direction.DOWN and bool(begun)
    details["pace"] = top * HUNDRED / begun if paced else top * HUNDRED / bottom
    return Figure(top * HUNDRED / bottom, actual.n, top, bottom, covered, None, details)


def _worked(over: Span, is_worked: IsWorked) -> int:
    return sum(is_worked(over.first + timedelta(days=n)) for n in range(over.days))
