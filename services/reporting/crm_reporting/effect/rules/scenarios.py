"""E1–E9 together: what a scenario brings, costs, when it pays back; E7: several side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from crm_reporting.effect.errors import EffectInputError
from crm_reporting.effect.rules import flows, solving
from crm_reporting.effect.rules.chain import Changes, Forecast, Mode, Situation, forecast
from crm_reporting.effect.rules.decomposing import Credit, decompose
from crm_reporting.effect.rules.exact import HUNDRED, NOUGHT, ONE, Maybe
from crm_reporting.effect.rules.flows import AT_ONCE, Flow, Payback, RampUp
from crm_reporting.effect.rules.sensitivity import Bar, draws, tornado


class Basis(StrEnum):
    """What counts as benefit: all that is sold more, or what is left of it."""

    REVENUE = "revenue"
    GROSS_PROFIT = "gross_profit"


@dataclass(frozen=True, slots=True)
class Economics:
    """What a scenario costs, and how its benefit is judged."""

    currency: str
    investment: Fraction
    running: Fraction = NOUGHT
    margin: Fraction | None = None
    horizon: int = 12
    ramp: RampUp = AT_ONCE
    discount: Fraction = NOUGHT
    limit: Fraction = ONE
    start: date | None = None
    margins: tuple[Fraction, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """How far the assumptions may be off, and how many random scenarios show it."""

    percent: Fraction = Fraction(10)
    draws: int = 0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Scenario:
    """One proposal: a month before, what it changes, what it costs."""

    situation: Situation
    changes: Changes
    economics: Economics
    mode: Mode = Mode.EXACT
    doubt: Doubt = Doubt()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Returns:
    """E3, E4 of one basis; margin in percent."""

    basis: Basis
    margin: Fraction | None
    benefit: Fraction
    simple: Payback
    cumulative: Payback
    discounted: Payback
    payback_day: date | None
    first_month_roi: Maybe
    roi: Maybe
    npv: Fraction


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that a scenario comes to. Returns are None without a growth or a margin."""

    scenario: Scenario
    forecast: Forecast
    credits: list[Credit]
    revenue: Returns | None
    gross_profit: Returns | None
    by_margin: list[Returns]
    break_even_margin: Maybe
    break_even: list[solving.Uplift]
    bars: list[Bar]
    drawn: Sequence[Fraction] = field(default_factory=list)

    @property
    def main(self) -> Returns | None:
        """The returns that count: on gross profit, else on revenue, which says so itself."""
        return self.gross_profit or self.revenue


def outcome(scenario: Scenario) -> Outcome:
    """Work a scenario out."""
    told = forecast(scenario.situation, scenario.changes, scenario.mode)
    money, doubt = scenario.economics, scenario.doubt
    part = ONE if money.margin is None else money.margin / HUNDRED
    goal = solving.Goal(money.investment, money.running, money.limit, part)
    exact = told if told.mode is Mode.EXACT else forecast(scenario.situation, scenario.changes)
    return Outcome(
        scenario=scenario,
        forecast=told,
        credits=decompose(exact.before, exact.after, exact.sales_before),
        revenue=_returns(told, money, None),
        gross_profit=None if money.margin is None else _returns(told, money, money.margin),
        by_margin=[found for margin in money.margins if (found := _returns(told, money, margin))],
        break_even_margin=solving.margin(told, goal),
        break_even=solving.uplifts(scenario.situation, scenario.changes, scenario.mode, goal),
        bars=tornado(told, doubt.percent),
        drawn=draws(told, doubt.percent, count=doubt.draws, seed=doubt.seed),
    )


def ranked(scenarios: Sequence[Scenario]) -> list[Outcome]:
    """E7: proposals side by side, the one worth most first; one horizon and currency for all."""
    for place, scenario in enumerate(scenarios):
        for name in ("horizon", "currency", "discount"):
            first = getattr(scenarios[0].economics, name)
            if getattr(scenario.economics, name) != first:
                pointer = f"/scenarios/{place}/economics/{name}"
                raise EffectInputError(pointer, "not-comparable", f"All need the same {name}.")
    found = [outcome(scenario) for scenario in scenarios]
    if len({each.main is not None and each.main.basis for each in found}) > 1:
        rule = "Either all proposals name a margin or none does."
        raise EffectInputError("/scenarios", "not-comparable", rule)
    return sorted(found, key=_rank)


def _rank(found: Outcome) -> tuple[bool, Fraction, str]:
    worth = found.main.npv if found.main else NOUGHT
    return found.main is None, -worth, found.scenario.name


def _returns(told: Forecast, money: Economics, margin: Fraction | None) -> Returns | None:
    if told.growth is None:
        return None
    part = ONE if margin is None else margin / HUNDRED
    flow = Flow(money.investment, told.growth * part, money.running, money.ramp)
    cumulative = flows.cumulative(flow)
    return Returns(
        basis=Basis.REVENUE if margin is None else Basis.GROSS_PROFIT,
        margin=margin,
        benefit=flow.benefit,
        simple=flows.simple(flow),
        cumulative=cumulative,
        discounted=flows.discounted(flow, money.discount),
        payback_day=cumulative.day(money.start) if money.start else None,
        first_month_roi=flows.roi(flow, 1),
        roi=flows.roi(flow, money.horizon),
        npv=flows.npv(flow, money.horizon, money.discount),
    )
