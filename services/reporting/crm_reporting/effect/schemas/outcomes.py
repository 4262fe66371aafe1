"""What a scenario comes to, as it is told: rounded once, by the unit."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pydantic import BaseModel

from crm_reporting.effect.rules.chain import FACTORS, RATES, Mode
from crm_reporting.effect.rules.exact import HUNDRED, Maybe, half_up, whole
from crm_reporting.effect.rules.flows import Payback
from crm_reporting.effect.rules.investing import Structure
from crm_reporting.effect.rules.scenarios import Basis, Outcome, Returns
from crm_reporting.effect.rules.sensitivity import PERCENTILES, percentile
from crm_reporting.effect.rules.solving import Uplift
from crm_reporting.metrics.rules.numbers import written
from crm_shared.money import DIGITS

COUNT_DIGITS, MONTH_DIGITS, PERCENT_DIGITS = 3, 3, 2
# uplifts are small: at two digits −1.2182 % and −1.22 % would be different answers
UPLIFT_DIGITS = 4


class NumberOut(BaseModel):
    """A number, or null and why."""

    value: str | None
    reason: str | None


class PaybackOut(BaseModel):
    """Months, and days of months that have thirty; null with `never`."""

    months: str | None
    days: str | None
    reason: str | None


class ReturnsOut(BaseModel):
    """E3, E4 on one basis. `benefit` is a month at full strength; ROI in percent."""

    basis: Basis
    margin: str | None
    benefit: str
    payback: PaybackOut
    payback_cumulative: PaybackOut
    payback_discounted: PaybackOut
    payback_day: date | None
    first_month_roi: NumberOut
    roi: NumberOut
    npv: str


class FactorOut(BaseModel):
    """A factor before and after, and what it brings; rates in percent."""

    factor: str
    before: str | None
    after: str | None
    credit_in_order: str | None
    credit_order_free: str | None
    credit_alone: str | None


class UpliftOut(BaseModel):
    """E6: by how many percent the factor must change; `limit` where no change is enough."""

    factor: str
    percent: str | None
    reason: str | None
    limit: str | None


class BarOut(BaseModel):
    """E8: growth with one factor lower and higher than planned."""

    factor: str
    low: str
    high: str


class CostsOut(BaseModel):
    """E5: what goes in at once and a month, by kind; what could not be valued."""

    one_off: dict[str, str]
    running: dict[str, str]
    invested: str
    monthly: str
    hours_without_rate: str
    unconverted: dict[str, str]


class OutcomeOut(BaseModel):
    """A scenario worked out. All of it is assumed: nothing here was measured."""

    name: str
    mode: Mode
    currency: str
    horizon_months: int
    sales_before: str
    steps: dict[str, str | None]
    growth: NumberOut
    growth_percent: NumberOut
    factors: list[FactorOut]
    costs: CostsOut
    revenue: ReturnsOut | None
    gross_profit: ReturnsOut | None
    by_margin: list[ReturnsOut]
    break_even_basis: Basis
    break_even_limit_months: str
    break_even_margin: NumberOut
    break_even: list[UpliftOut]
    doubt_percent: str
    tornado: list[BarOut]
    draws: dict[str, str | None]
    starts_at: str | None
    assumed_share: str
    warnings: list[str]


class ComparedOut(BaseModel):
    """E7: proposals, the one worth most first."""

    items: list[OutcomeOut]


STEPS = ("leads", "potential_by_leads", "potential", "completed_by_potential", "completed")


def told(found: Outcome, costs: Structure) -> OutcomeOut:
    """Return the body of an outcome."""
    forecast, money = found.forecast, found.scenario.economics
    pen = Pen(money.currency)
    drawn = {f"p{rank}": percentile(found.drawn, rank) for rank in PERCENTILES}
    return OutcomeOut(
        name=found.scenario.name,
        mode=forecast.mode,
        currency=money.currency,
        horizon_months=money.horizon,
        sales_before=pen.sure(forecast.sales_before),
        steps=_steps(found, pen),
        growth=NumberOut(
            value=pen.money(forecast.growth),
            reason="no_data" if forecast.growth is None else None,
        ),
        growth_percent=number(forecast.growth_percent, PERCENT_DIGITS),
        factors=_factors(found, pen),
        costs=_costs(costs, pen),
        revenue=_returns(found.revenue, pen),
        gross_profit=_returns(found.gross_profit, pen),
        by_margin=[each for one in found.by_margin if (each := _returns(one, pen))],
        break_even_basis=Basis.REVENUE if money.margin is None else Basis.GROSS_PROFIT,
        break_even_limit_months=digits(money.limit, MONTH_DIGITS),
        break_even_margin=number(found.break_even_margin, PERCENT_DIGITS),
        break_even=[_uplift(each) for each in found.break_even],
        doubt_percent=digits(found.scenario.doubt.percent, PERCENT_DIGITS),
        tornado=[
            BarOut(factor=bar.factor, low=pen.sure(bar.low), high=pen.sure(bar.high))
            for bar in found.bars
        ],
        draws={name: pen.money(value) for name, value in drawn.items()} if found.drawn else {},
        starts_at=forecast.starts_at,
        assumed_share="1",
        warnings=list(forecast.warnings),
    )


class Pen:
    """Writes money of one currency."""

    def __init__(self, currency: str) -> None:
        self.digits = DIGITS.get(currency, 2)

    def sure(self, value: Fraction) -> str:
        """Write a sum that is there."""
        return f"{half_up(value, self.digits):f}"

    def money(self, value: Fraction | None) -> str | None:
        """Write a sum, or nothing."""
        return None if value is None else self.sure(value)


def digits(value: Fraction, most: int) -> str:
    """Write a number with as many digits as it needs, at most so many."""
    text = f"{half_up(value, most):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def number(maybe: Maybe, most: int) -> NumberOut:
    """Return a number with fixed digits, or its reason."""
    value = None if maybe.value is None else written(half_up(maybe.value, most))
    return NumberOut(value=value, reason=maybe.reason)


def payback(found: Payback) -> PaybackOut:
    """Return a payback in months and days."""
    months = None if found.months is None else f"{half_up(found.months, MONTH_DIGITS)}"
    days = None if found.days is None else f"{half_up(found.days, PERCENT_DIGITS)}"
    return PaybackOut(months=months, days=days, reason=found.reason)


def _steps(found: Outcome, pen: Pen) -> dict[str, str | None]:
    forecast = found.forecast
    shown: dict[str, str | None] = {}
    for name in STEPS:
        value: Fraction | None = getattr(forecast, name)
        if value is not None and forecast.mode is Mode.WHOLE_DEALS:
            value = whole(value)
        shown[name] = None if value is None else digits(value, COUNT_DIGITS)
    shown["sales_at_old_average"] = pen.money(forecast.sales_at_old_average)
    shown["sales"] = pen.money(forecast.sales)
    return shown


def _factors(found: Outcome, pen: Pen) -> list[FactorOut]:
    credits = {credit.factor: credit for credit in found.credits}
    rows = []
    for name in FACTORS:
        before, after = (getattr(side, name) for side in (found.forecast.before, _after(found)))
        credit = credits.get(name)
        rows.append(
            FactorOut(
                factor=name,
                before=_factor(name, before),
                after=_factor(name, after),
                credit_in_order=pen.money(credit.in_order) if credit else None,
                credit_order_free=pen.money(credit.order_free) if credit else None,
                credit_alone=pen.money(credit.alone) if credit else None,
            )
        )
    return rows


def _after(found: Outcome) -> Any:
    """Return the new factors; of whole deals they are what the shown numbers make."""
    forecast = found.forecast
    levels = (forecast.leads, forecast.potential, forecast.completed)
    if forecast.mode is Mode.EXACT or None in levels:
        return forecast.after
    leads, potential, completed = (whole(level) for level in levels if level is not None)
    if not leads or not potential:
        return forecast.after
    return type(forecast.after)(
        leads, potential / leads, completed / potential, forecast.after.average_order
    )


def _factor(name: str, value: Fraction | None) -> str | None:
    if value is None:
        return None
    return digits(value * HUNDRED if name in RATES else value, UPLIFT_DIGITS)


def _returns(found: Returns | None, pen: Pen) -> ReturnsOut | None:
    if found is None:
        return None
    return ReturnsOut(
        basis=found.basis,
        margin=None if found.margin is None else digits(found.margin, PERCENT_DIGITS),
        benefit=pen.sure(found.benefit),
        payback=payback(found.simple),
        payback_cumulative=payback(found.cumulative),
        payback_discounted=payback(found.discounted),
        payback_day=found.payback_day,
        first_month_roi=number(found.first_month_roi, PERCENT_DIGITS),
        roi=number(found.roi, PERCENT_DIGITS),
        npv=pen.sure(found.npv),
    )


def _costs(costs: Structure, pen: Pen) -> CostsOut:
    def kinds(found: Mapping[Any, Fraction]) -> dict[str, str]:
        return {str(kind): pen.sure(value) for kind, value in sorted(found.items())}

    return CostsOut(
        one_off=kinds(costs.one_off),
        running=kinds(costs.running),
        invested=pen.sure(costs.invested),
        monthly=pen.sure(costs.monthly),
        hours_without_rate=digits(costs.hours_without_rate, PERCENT_DIGITS),
        unconverted={
            code: Pen(code).sure(value) for code, value in sorted(costs.unconverted.items())
        },
    )


def _uplift(found: Uplift) -> UpliftOut:
    return UpliftOut(
        factor=found.factor,
        percent=_percent(found.percent),
        reason=found.reason,
        limit=_percent(found.limit),
    )


def _percent(value: Fraction | None) -> str | None:
    return None if value is None else f"{Decimal(half_up(value, UPLIFT_DIGITS)):f}"
