"""Inputs as they are told."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel, ConfigDict, PlainSerializer

from crm_reporting.effect.rules.exact import Maybe, half_up
from crm_reporting.effect.rules.measuring import Attainment
from crm_reporting.inputs.models import Cost, Plan
from crm_reporting.inputs.rules.measures import rounded
from crm_reporting.inputs.rules.spreading import Span, months_of, part_in
from crm_reporting.metrics.rules.numbers import shares, written
from crm_reporting.rates.queries import Rates
from crm_shared.money import DIGITS, Amount

Figure = Annotated[
    Decimal,
    PlainSerializer(lambda value: written(value.normalize()), return_type=str, when_used="json"),
]


class InputOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    created_at: datetime
    updated_at: datetime
    note: str | None


class BaselineOut(InputOut):
    """What a figure was before, frozen: by whom, when, and from where."""

    metric: str
    metric_version: int
    team_id: UUID | None
    starts_on: date
    ends_on: date
    value: Figure
    currency: str | None
    source: Literal["typed", "computed", "sampled"]
    working_days: int | None
    months: dict[str, str]
    recorded_by: UUID


class PlanOut(InputOut):
    """What a figure should come to."""

    metric: str
    owner_id: UUID | None
    team_id: UUID | None
    starts_on: date
    ends_on: date
    value: Figure
    currency: str | None
    is_goal: bool


class AttainmentOut(BaseModel):
    """K47: actual / plan in percent, not capped; pace against the working days gone by."""

    plan_id: UUID
    metric: str
    actual: str | None
    plan: Figure
    percent: str | None
    reason: str | None
    pace: str | None
    pace_reason: str | None
    unfinished: bool
    facts_url: str


class CostOut(InputOut):
    """A marketing cost."""

    category: str
    channel: str | None
    campaign_id: UUID | None
    campaign: str | None
    purpose: str
    amount: Amount
    currency: str
    starts_on: date
    ends_on: date


class SpreadOut(BaseModel):
    """A part of the costs, in one currency; shares total 100."""

    key: str | None
    amount: str
    share: str | None


class CostsOut(BaseModel):
    """F15: costs of a time, spread by days; each at the rate of its first day."""

    start: date
    end: date
    currency: str
    amount: str
    parts: list[SpreadOut]
    months: list[SpreadOut]
    unconverted: dict[str, str]


class StaffOut(InputOut):
    """Somebody at work."""

    role: str
    user_id: UUID | None
    team_id: UUID | None
    fte: Figure
    pay: Amount
    currency: str
    starts_on: date
    ends_on: date | None


class InvestmentOut(InputOut):
    """What went into the CRM."""

    kind: str
    is_monthly: bool
    amount: Amount | None
    hours: Figure | None
    rate: Amount | None
    users: Figure | None
    price: Amount | None
    currency: str
    starts_on: date
    ends_on: date | None


class EffectSetupOut(BaseModel):
    """How the effect is judged."""

    model_config = ConfigDict(from_attributes=True)

    revision: int
    updated_at: datetime
    starts_on: date
    currency: str
    margin: Figure
    script_coverage: Figure | None
    price_index: Figure | None
    planned_benefit: Amount | None
    weights: dict[str, Any]
    declared: list[Any]


class WorkbookOut(BaseModel):
    """What became of the rows of an uploaded workbook, by sheet."""

    created: dict[str, int]
    updated: dict[str, int]
    unchanged: dict[str, int]


def attained(plan: Plan, found: tuple[Decimal | None, Attainment], today: date) -> AttainmentOut:
    """Return the body of an attainment."""
    actual, told = found
    after = plan.ends_on + timedelta(days=1)
    asked = {"from": plan.starts_on, "to": after}
    asked |= {n: v for n in ("owner_id", "team_id") if (v := getattr(plan, n))}
    return AttainmentOut(
        plan_id=plan.id,
        metric=plan.metric,
        actual=None if actual is None else written(rounded(actual).normalize()),
        plan=plan.value,
        percent=_percent(told.percent),
        reason=told.percent.reason,
        pace=_percent(told.pace),
        pace_reason=told.pace.reason,
        unfinished=after > today,
        facts_url=f"/v1/metrics/{plan.metric}/facts?{urlencode(asked)}",
    )


def spread(costs: Sequence[Cost], asked: Span, by: str, rates: Rates) -> CostsOut:
    """Return costs spread over the days asked for, by kind and by month."""
    left_out: dict[str, Fraction] = {}
    parts: dict[str | None, Fraction] = {}
    months = {month.first.strftime("%Y-%m"): month for month in months_of(asked)}
    by_month = dict.fromkeys(months, Fraction(0))
    for cost in costs:
        over = Span(cost.starts_on, cost.ends_on)
        rate = rates.convert(cost.currency, cost.starts_on)
        sums = parts if rate is not None else left_out
        key = getattr(cost, by) if rate is not None else cost.currency
        worth = Fraction(rate if rate is not None else 1)
        sums[key] = sums.get(key, Fraction(0)) + worth * part_in(cost.amount, over, asked)
        if rate is not None:
            for name, month in months.items():
                by_month[name] += worth * part_in(cost.amount, over, month)
    pen = _pen(rates.currency)
    return CostsOut(
        start=asked.first,
        end=asked.last + timedelta(days=1),
        currency=rates.currency,
        amount=pen(sum(parts.values(), Fraction(0))),
        parts=_shared(parts, pen),
        months=_shared(by_month, pen),
        unconverted={code: _pen(code)(value) for code, value in sorted(left_out.items())},
    )


def _shared(sums: Mapping[Any, Fraction], pen: Callable[[Fraction], str]) -> list[SpreadOut]:
    exact = [Decimal(value.numerator) / value.denominator for value in sums.values()]
    told = zip(sums.items(), shares(exact), strict=True)
    return [
        SpreadOut(key=key, amount=pen(value), share=None if share is None else f"{share}")
        for (key, value), share in told
    ]


def _pen(currency: str) -> Callable[[Fraction], str]:
    return lambda value: f"{half_up(value, DIGITS.get(currency, 2)):f}"


def _percent(maybe: Maybe) -> str | None:
    return None if maybe.value is None else f"{half_up(maybe.value, 2):f}"
