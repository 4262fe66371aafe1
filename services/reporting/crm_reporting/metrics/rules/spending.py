"""What was spent in a time, and what it brought: pure sums over entered costs."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from crm_reporting.inputs.rules.spreading import Span, months_in, part_in
from crm_reporting.metrics.rules.numbers import Figure, Reason, part_of, quotient, unknown
from crm_reporting.metrics.rules.periods import Period

Key = UUID | str | None
Convert = Callable[[str, date | None], Decimal | None]
# what was brought, and what was spent on it
Formula = Callable[[Figure, Decimal], Figure]
# K60: to win a client is said to cost five times what it costs to keep one
BENCHMARK = 5


class Spent(NamedTuple):
    """A cost as it was entered."""

    category: str
    channel: str | None
    campaign: UUID | str | None
    purpose: str
    amount: Decimal
    currency: str
    over: Span

    def cut(self, by: str | None) -> Key:
        """Return under which key of a cut it stands."""
        keys: Mapping[str | None, Key] = {
            "category": self.category, "channel": self.channel, "campaign": self.campaign,
            "purpose": self.purpose,
        }  # fmt: skip
        return keys.get(by)


class Sums(NamedTuple):
    """Costs by key, and by currency what no rate converts."""

    by_key: dict[Key, Decimal]
    unconverted: dict[str, Decimal]

    @property
    def whole(self) -> Decimal:
        return sum(self.by_key.values(), Decimal(0))


def span_of(period: Period) -> Span:
    """Return a period as days of which the last is included."""
    return Span(period.start, period.end - timedelta(days=1))


def spend(costs: Iterable[Spent], period: Period, by: str | None, convert: Convert) -> Sums:
    """F15: spread costs by days; each takes the rate of its first day."""
    exact: dict[Key, Fraction] = {}
    missing: dict[str, Fraction] = {}
    for cost in costs:
        part = part_in(cost.amount, cost.over, span_of(period))
        rate = convert(cost.currency, cost.over.first)
        if rate is None:
            missing[cost.currency] = missing.get(cost.currency, Fraction(0)) + part
        else:
            key = cost.cut(by)
            exact[key] = exact.get(key, Fraction(0)) + part * Fraction(rate)
    return Sums(
        {key: decimal(value) for key, value in exact.items()},
        {currency: decimal(value) for currency, value in missing.items()},
    )


def pay_in(monthly: Decimal | Fraction, over: Span, period: Period) -> Fraction:
    """Return what somebody cost in a period: so much a month, parts of months by days."""
    return Fraction(monthly) * months_in(over, span_of(period))


def roas(revenue: Figure, spent: Decimal) -> Figure:
    """K10: attributed revenue / spend; null where nobody knows what was brought."""
    if revenue.value is None and revenue.n:
        return unknown(Reason.NO_DATA, spend=spent)
    figure = quotient(revenue.value or Decimal(0), spent, n=revenue.n)
    figure.details.update({"revenue": revenue.value, "spend": spent})
    return figure


def romi(profit: Figure, spent: Decimal) -> Figure:
    """K10: (attributed gross profit − spend) / spend, in percent.

    Where something was sold and of nothing the profit is known it is null; where nothing was
    sold, nothing was gained either: −100 %.
    """
    if profit.value is None or (profit.coverage is not None and not profit.coverage):
        return unknown(Reason.NO_DATA, spend=spent)
    gained = profit.value
    figure = quotient((gained - spent) * 100, spent, n=profit.n)
    figure.details.update({"gross_profit": gained, "spend": spent})
    return Figure(
        figure.value, figure.n, gained - spent, spent, profit.coverage, figure.reason,
        figure.details,
    )  # fmt: skip


def together(brought: Mapping[Key, Figure], sold: Mapping[Key, Figure]) -> Figure:
    """Return what all channels brought; what names no channel was not attributed to any.

    Coverage: the part of the deals they `sold` of which it is known.
    """
    named = {key: one for key, one in brought.items() if key is not None}
    told = [one.value for one in named.values() if one.value is not None]
    whole = sum(one.n for key, one in sold.items() if key is not None)
    known = sum(
        ((one.coverage or 0) * sold[key].n for key, one in named.items() if key in sold), Decimal(0)
    )
    n, coverage = sum(one.n for one in named.values()), part_of(known, whole)
    if (n or whole) and not told:
        return Figure(None, n, coverage=coverage, reason=Reason.NO_DATA)
    value = sum(told, Decimal(0))
    return Figure(value, n, value, coverage=coverage)


def per_client(spent: Decimal, clients: Figure, pay: Decimal | None = None) -> Figure:
    """K17: costs of winning clients / clients won; without any the spend is told all the same."""
    won = clients.value or Decimal(0)
    whole = spent + (pay or 0)
    figure = quotient(whole, won, n=int(won))
    figure.details["spend"] = spent
    if pay is not None:
        figure.details["pay"] = pay
    return Figure(
        figure.value, figure.n, whole, won, clients.coverage, figure.reason, figure.details
    )


def attract_to_keep(winning: Figure, keeping: Decimal, kept: Decimal) -> Figure:
    """K60: the cost of winning one client / of keeping one, beside the benchmark."""
    if winning.value is None or not keeping or not kept:
        return unknown(Reason.NO_DENOMINATOR, benchmark=BENCHMARK)
    figure = quotient(winning.value, keeping / kept, n=winning.n)
    figure.details.update({"keeping": keeping / kept, "benchmark": BENCHMARK})
    return figure


def channel_share(part: Figure, whole: Decimal, known: Decimal) -> Figure:
    """K9: a channel's percent of the revenue; coverage is the part that names any channel."""
    figure = quotient((part.value or Decimal(0)) * 100, whole, n=part.n)
    top = part.value or Decimal(0)
    return Figure(
        figure.value, part.n, top, whole, part_of(known, whole), figure.reason,
    )  # fmt: skip


def decimal(value: Fraction) -> Decimal:
    """Return a fraction as a decimal, far beyond what is told."""
    return Decimal(value.numerator) / value.denominator
