"""The measured effect as whoever reads no pay is told it: the sentence and its sums."""

from datetime import date, datetime

from pydantic import BaseModel

from crm_reporting.effect.rules.answers import Measured
from crm_reporting.effect.schemas.measured import MonthOut, month_line, sentences, unconverted
from crm_reporting.effect.schemas.outcomes import PaybackOut, Pen, digits, payback


class EffectTotalsOut(BaseModel):
    """The effect since the start in one sentence and its sums; money of the whole time.

    `assumed_since` is the part of `brought_since` that rests on weights, not on facts.
    """

    since: date
    as_of: datetime
    currency: str
    sentence: dict[str, str]
    brought_since: str
    cost_since: str
    assumed_since: str
    payback: PaybackOut
    payback_day: date | None
    planned_payback: PaybackOut
    warnings: list[str]
    months: list[MonthOut]
    unconverted: dict[str, int]
    hours_without_rate: str


def totals(found: Measured, *, as_of: datetime) -> EffectTotalsOut:
    """Return the sentence and the sums behind it."""
    setup, balance, pen = found.setup, found.balance, Pen(found.setup.currency)
    return EffectTotalsOut(
        since=setup.starts_on,
        as_of=as_of,
        currency=setup.currency,
        sentence=sentences(found),
        brought_since=pen.sure(balance.brought),
        cost_since=pen.sure(balance.cost),
        assumed_since=pen.sure(balance.assumed),
        payback=payback(balance.payback),
        payback_day=balance.payback_day,
        planned_payback=payback(balance.planned_payback),
        warnings=found.effect.warnings,
        months=[month_line(line, pen) for line in balance.lines],
        unconverted=unconverted(found),
        hours_without_rate=digits(found.balance.untold.hours, 2),
    )
