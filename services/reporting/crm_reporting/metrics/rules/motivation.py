"""K70: what somebody earns by a figure of a month. Pure."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from crm_reporting.metrics.rules.numbers import HUNDRED, Figure, Reason, part_of, unknown
from crm_reporting.metrics.rules.periods import Interval, Period, bucket_of


class Terms(NamedTuple):
    """A rule as it is reckoned by: a rate is percent of money, or money for each one.

    `steps` hold, in rising order, from which percent of the plan on which rate holds.
    """

    rate: Decimal
    is_percent: bool
    threshold: Decimal | None
    steps: Sequence[tuple[Decimal, Decimal]]


class Earned(NamedTuple):
    """What a person earns by one rule in one month; None: nobody can say."""

    user: UUID
    team: UUID | None
    amount: Decimal | None
    has_plan: bool


def rate_at(terms: Terms, reached: Decimal | None) -> Decimal:
    """Return the rate of the highest step that was reached; below all of them the rule's own."""
    rate = terms.rate
    for from_percent, higher in terms.steps:
        if reached is not None and reached >= from_percent:
            rate = higher
    return rate


def component(terms: Terms, value: Decimal, plan: Decimal | None) -> Decimal:
    """Return what a figure of a month earns; a month below nought is taken back.

    A reversal is no performance: it goes by the rule's own rate, whatever the plan.
    """
    if value >= 0 and terms.threshold is not None and value < terms.threshold:
        return Decimal(0)
    reached = value * HUNDRED / plan if plan and value >= 0 else None
    rate = rate_at(terms, reached)
    return value * rate / HUNDRED if terms.is_percent else value * rate


def earned_by(terms: Terms | None, figure: Figure, plan: Decimal | None) -> Decimal | None:
    """Return what a figure earns; of one that nobody knows, or without a rate, nobody can say."""
    if figure.value is None:
        return None if figure.n or figure.reason is Reason.NO_DATA else Decimal(0)
    if not figure.value:
        return Decimal(0)
    return None if terms is None else component(terms, figure.value, plan)


def pay_months(period: Period, today: date) -> list[Period]:
    """Return the months that are reckoned: those whole in a period, and the present one so far."""
    first, after = period.months()
    if period.end > today >= first:
        after = max(after, period.end)
    whole = Period(first, max(first, after))
    return [
        month
        for month in whole.buckets(Interval.MONTH)
        if bucket_of(month.start, Interval.MONTH) <= today
    ]


def together(earned: Sequence[Earned], months: int, was: Sequence[Earned] | None = None) -> Figure:
    """Add up what is earned; coverage: the part that is known, its plan too where one is asked.

    Where nobody can say what any of it comes to it is null. What was earned by the rules of
    months that are over, as they were then (`was`), is taken off to tell what corrections make.
    """
    if not months:
        return unknown(Reason.NO_DATA)
    known = [one.amount for one in earned if one.amount is not None]
    whole = sum(one.has_plan and one.amount is not None for one in earned)
    total = sum(known, Decimal(0)) if known or not earned else None
    return Figure(
        total, len(earned), total, coverage=part_of(whole, len(earned)),
        reason=Reason.NO_DATA if total is None else None,
        details={
            "corrected": _sum(earned) - _sum(earned if was is None else was),
            "months": months,
            "people": len({one.user for one in earned}),
            "without_plan": sum(not one.has_plan for one in earned),
        },
    )  # fmt: skip


def _sum(earned: Sequence[Earned]) -> Decimal:
    return sum((one.amount for one in earned if one.amount is not None), Decimal(0))
