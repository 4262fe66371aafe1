"""One figure against another period's."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.catalogue import Direction
from crm_reporting.metrics.rules.numbers import CENT, HUNDRED, Figure, Unit, rounded, written
from crm_reporting.metrics.rules.periods import Against, Period, scale
from crm_reporting.metrics.rules.results import Comparison


def compare(ask: Ask, now: Figure, then: Figure, *, against: Against, period: Period) -> Comparison:
    """Return the change; sums are compared per day where the two spans differ in length."""
    factor = _factor(ask, period, ask.today)
    change = base = None
    if now.value is not None and then.value is not None:
        base = then.value * factor
        change = now.value - base
    points = ask.metric.unit is Unit.PERCENT
    pct = None if points or change is None or not base else change * HUNDRED / base
    return Comparison(
        kind=against,
        period=period,
        value=written(rounded(then.value, ask.metric.unit, ask.currency)),
        change=None if points else written(rounded(change, ask.metric.unit, ask.currency)),
        change_pct=_two_digits(pct),
        change_pp=_two_digits(change) if points else None,
        good=_is_good(ask.metric.direction, change),
        reason=_reason(then, base, points=points),
        unfinished=ask.period.is_unfinished(ask.today),
        normalised=factor != 1,
    )


def _factor(ask: Ask, period: Period, today: date) -> Decimal:
    if not ask.metric.is_flow_in(ask.variant):
        return Decimal(1)
    return scale(ask.period, period, today)


def _reason(then: Figure, base: Decimal | None, *, points: bool) -> str | None:
    if then.value is None:
        return "no_baseline"
    return "no_denominator" if not points and not base else None


def _is_good(direction: Direction, change: Decimal | None) -> bool | None:
    if direction is Direction.NONE or not change:
        return None
    return (change > 0) == (direction is Direction.UP)


def _two_digits(value: Decimal | None) -> str | None:
    return None if value is None else written(value.quantize(CENT, ROUND_HALF_UP))
