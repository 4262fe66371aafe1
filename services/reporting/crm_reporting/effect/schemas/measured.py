"""The measured effect as it is told: every figure with its formula, inputs and facts."""

from collections import Counter
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from crm_reporting.effect.rules.answers import Goal, Measured, Row
from crm_reporting.effect.rules.balance import MonthLine, sentence
from crm_reporting.effect.rules.components import Component
from crm_reporting.effect.rules.crediting import Credited, Range
from crm_reporting.effect.rules.explaining import FORMULAS, TITLES
from crm_reporting.effect.schemas.outcomes import NumberOut, PaybackOut, Pen, digits, payback
from crm_reporting.inputs.rules.measures import unit_of
from crm_reporting.metrics.rules.catalogue import CATALOGUE

LANGUAGES = ("en", "uk", "ru")
INPUT_DIGITS = 6


class RangeOut(BaseModel):
    """Money a month: low, mid and high."""

    low: str
    mid: str
    high: str


class ComponentOut(BaseModel):
    """One source of the effect; `value` a month, credited by share × confidence, with its argument.

    `formula` says in words what was calculated from `inputs`; `facts_url` lists what was counted.
    """

    id: str
    title: dict[str, str]
    formula: dict[str, str]
    value: str | None
    reason: str | None
    realised: str
    potential: str
    is_estimate: bool
    share: str | None
    confidence: str | None
    argument: str | None
    credited: RangeOut | None
    inputs: dict[str, str | None]
    facts_url: str | None


class MonthOut(BaseModel):
    """A month since the start; `planned` is the plan line beside, all sums so far."""

    start: date
    end: date
    brought: str
    realised: str
    cost: str
    total_brought: str
    total_realised: str
    total_cost: str
    planned: str | None


class BeforeAfterOut(BaseModel):
    """E17, E18: a metric before and after; sums of unequal times are compared per day.

    `good` tells whether the change is to the better. Seasonal: against the same months of the
    baseline. Daily: per working day. `difference`: what the teams on the CRM gained more than
    those not yet on it; without these the change is not causal.
    """

    metric: str
    unit: str
    title: dict[Any, str]
    before: str | None
    after: str | None
    change: str | None
    change_pct: str | None
    change_pp: str | None
    good: bool | None
    reason: str | None
    seasonal_before: str | None
    seasonal_change: str | None
    daily_before: str | None
    daily_after: str | None
    difference: str | None
    is_causal: bool
    difference_reason: str | None
    facts_url: str


class GoalOut(BaseModel):
    """E21: a goal of the introduction."""

    plan_id: UUID
    metric: str
    owner_id: UUID | None
    ends_on: date
    percent: NumberOut


class EffectOut(BaseModel):
    """What the CRM brings; money a month unless it says so. `end` is the day after the last one."""

    start: date
    end: date
    since: date
    as_of: datetime
    time_zone: str
    currency: str
    margin_percent: str
    sentence: dict[str, str]
    total: RangeOut
    realised: RangeOut
    assumed_share: str | None
    components: list[ComponentOut]
    overlaps: list[dict[str, str]]
    warnings: list[str]
    brought_since: str
    cost_since: str
    assumed_since: str
    payback: PaybackOut
    payback_day: date | None
    planned_payback: PaybackOut
    months: list[MonthOut]
    before_after: list[BeforeAfterOut]
    goals: list[GoalOut]
    unconverted: dict[str, int]
    hours_without_rate: str


def told(found: Measured, *, zone: str, as_of: datetime) -> EffectOut:
    """Return the body of a measured effect."""
    setup, pen = found.setup, Pen(found.setup.currency)
    # several declared ones share an id: by which one it is, not by what it is called
    credited = {id(part.component): part for part in found.effect.parts}
    share = found.effect.assumed_share
    return EffectOut(
        start=found.span.first,
        end=_after(found.span.last),
        since=setup.starts_on,
        as_of=as_of,
        time_zone=zone,
        currency=setup.currency,
        margin_percent=digits(Fraction(setup.margin), INPUT_DIGITS),
        sentence=sentences(found),
        total=_range(found.effect.total, pen),
        realised=_range(found.effect.realised, pen),
        assumed_share=None if share is None else digits(share, 4),
        components=[
            _component(each, credited.get(id(each)), found, pen) for each in found.components
        ],
        overlaps=[
            {"one": one, "other": other, "kept_apart": rule}
            for one, other, rule in found.effect.overlaps
        ],
        warnings=found.effect.warnings,
        brought_since=pen.sure(found.balance.brought),
        cost_since=pen.sure(found.balance.cost),
        assumed_since=pen.sure(found.balance.assumed),
        payback=payback(found.balance.payback),
        payback_day=found.balance.payback_day,
        planned_payback=payback(found.balance.planned_payback),
        months=[month_line(line, pen) for line in found.balance.lines],
        before_after=[_row(row, found, pen) for row in found.rows],
        goals=[_goal(goal) for goal in found.goals],
        unconverted=unconverted(found),
        hours_without_rate=digits(found.balance.untold.hours, 2),
    )  # fmt: skip


def unconverted(found: Measured) -> dict[str, int]:
    """Return how many deals, invoices and costs were left out for want of a rate, by currency."""
    return dict(Counter(found.unconverted) + Counter(found.balance.untold.lines))


def sentences(found: Measured) -> dict[str, str]:
    """Return the answer in one sentence, by language."""
    setup, is_told = found.setup, bool(found.effect.parts)
    return {
        language: sentence(
            found.balance, language, start=setup.starts_on, currency=setup.currency, told=is_told
        )
        for language in LANGUAGES
    }


def month_line(line: MonthLine, pen: Pen) -> MonthOut:
    """Return a month as it is told."""
    return MonthOut(
        start=line.month.first,
        end=_after(line.month.last),
        brought=pen.sure(line.brought),
        realised=pen.sure(line.realised),
        cost=pen.sure(line.cost),
        total_brought=pen.sure(line.total_brought),
        total_realised=pen.sure(line.total_realised),
        total_cost=pen.sure(line.total_cost),
        planned=pen.money(line.planned),
    )


def _component(
    each: Component, credited: Credited | None, found: Measured, pen: Pen
) -> ComponentOut:
    weight = credited.weight if credited else None
    days = f"from={found.span.first}&to={_after(found.span.last)}"
    live = each.id in ("E10", "E11", "E12", "E13")
    return ComponentOut(
        id=each.id,
        title=TITLES[each.id],
        formula=FORMULAS[each.id],
        value=pen.money(each.value),
        reason=each.reason or (None if credited else "no_weight"),
        realised=pen.sure(each.realised),
        potential=pen.sure(each.potential),
        is_estimate=each.is_estimate,
        share=digits(weight.share, 4) if weight else None,
        confidence=digits(weight.confidence, 4) if weight else None,
        argument=weight.argument if weight else None,
        credited=_range(credited.total, pen) if credited else None,
        inputs={
            name: None if value is None else digits(value, INPUT_DIGITS)
            for name, value in each.inputs.items()
        },
        facts_url=f"/v1/effect/components/{each.id}/facts?{days}" if live else None,
    )


def _range(found: Range, pen: Pen) -> RangeOut:
    return RangeOut(low=pen.sure(found.low), mid=pen.sure(found.mid), high=pen.sure(found.high))


def _row(row: Row, found: Measured, pen: Pen) -> BeforeAfterOut:
    told, unit = row.found, unit_of(row.metric)
    write = pen.money if unit == "money" else _plain
    points = unit == "percent"
    query = f"from={found.span.first}&to={_after(found.span.last)}"
    return BeforeAfterOut(
        metric=row.metric,
        unit=unit,
        title=dict(CATALOGUE[row.metric].title),
        before=write(told.before),
        after=write(told.after),
        change=None if points else write(told.change),
        change_pct=None if points else _two(told.percent.value),
        change_pp=_two(told.change) if points else None,
        good=told.good,
        reason=told.reason,
        seasonal_before=write(told.seasonal_before),
        seasonal_change=write(told.seasonal_change),
        daily_before=write(told.daily_before),
        daily_after=write(told.daily_after),
        difference=write(row.difference.value),
        is_causal=row.difference.causal,
        difference_reason=row.difference.reason,
        facts_url=f"/v1/metrics/{row.metric}/facts?{query}",
    )


def _goal(goal: Goal) -> GoalOut:
    plan: Any = goal.plan
    percent = NumberOut(value=_two(goal.percent.value), reason=goal.percent.reason)
    return GoalOut(
        plan_id=plan.id, metric=plan.metric, owner_id=plan.owner_id, ends_on=plan.ends_on,
        percent=percent,
    )  # fmt: skip


def _after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def _plain(value: Fraction | None) -> str | None:
    return None if value is None else digits(value, 2)


def _two(value: Fraction | None) -> str | None:
    return None if value is None else digits(value, 2)
