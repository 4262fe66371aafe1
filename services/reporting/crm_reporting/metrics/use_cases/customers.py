"""Figures that only all purchases of a customer together can tell."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.rules.asks import Read
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.classes import by_profit, class_figure, classes
from crm_reporting.metrics.rules.customers import FIGURES, repeat_share
from crm_reporting.metrics.rules.figures import measure_of, untold
from crm_reporting.metrics.rules.numbers import Reason, part_of, unknown
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.metrics.rules.results import Slice, show
from crm_reporting.metrics.rules.tallies import Key
from crm_reporting.metrics.use_cases.reading import bag_in, gather, read_of
from crm_reporting.metrics.use_cases.work import Figures, Work
from crm_reporting.rates.queries import Rates

CLASSES, REPEAT_SHARE = "customer_classes", "repeat_share"
INCOME, REPEATS = "income_per_customer", "repeat_sales"
# sales, less those that were paid back in full
SOLD = (Part.WON, Part.UNSOLD)
OWN = frozenset({*FIGURES, CLASSES, REPEAT_SHARE})


async def customer_figures(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """Return the figure for some days; coverage is the part of sales with a customer."""
    ask = work.ask
    # whether somebody stays is known until today; what nobody saw yet is told of nobody
    period = period.begun(ask.today)
    if not period.days:
        return {None: unknown(Reason.NO_DATA)}
    read = read_of(ask, period=period)
    known = await work.buyers(period)
    own = measure_of(ask).own or ""
    if own == CLASSES:
        figure = class_figure(known, known, period)
    else:
        tell = repeat_share(ask.variant) if own == REPEAT_SHARE else FIGURES[own]
        figure = tell(known, period)
    named = sum(one.now for one in known)
    won = replace(read, parts=SOLD)
    sold = bag_in(await gather(work.session, ask, won, Rates(ask.currency, ()))).of(*SOLD)
    if own == INCOME and named and not figure.value and not await _are_priced(work, won):
        figure = untold(figure)
    if own == REPEATS and figure.value and not figure.details["amount"]:
        again: dict[Key, int] = {
            one.customer: one.now - one.repeats for one in known if one.repeats
        }
        figure.details["amount"] = Decimal(0) if await _are_priced(work, won, again) else None
    return {None: replace(figure, coverage=part_of(named, sold.n))}


async def _are_priced(work: Work, won: Read, firsts: Mapping[Key, int] | None = None) -> bool:
    """Tell whether an amount of any sale to somebody with a name is known and has a rate.

    Of some customers only: whether of more sales than their first ones. Asked where sums are
    nought, so that it costs nothing where they are not.
    """
    found = await gather(work.session, work.ask, replace(won, by=Dimension.CUSTOMER), work.rates)
    priced = {key: bag_in(found, key).of(*SOLD).priced for key, _day, _stage in found.bags}
    if firsts is not None:
        return any(priced.get(who, 0) > first for who, first in firsts.items())
    return any(n for who, n in priced.items() if who is not None)


async def class_slices(work: Work) -> list[Slice]:
    """Return the ABC groups, the empty ones too; each tells what its members bought.

    By gross profit whoever bought nothing whose costs are known is in a group of his own.
    """
    period = work.ask.period.begun(work.ask.today)
    known = await work.buyers(period)
    until = (work.ask.until_a, work.ask.until_b)
    if work.ask.variant == "gross_profit":
        groups = by_profit(known, await work.buyers(period, Part.PROFIT), period, until)
    else:
        groups = classes(known, period, until)
    return [
        Slice(name, name, show(work.ask, class_figure(members, known, period)), None)
        for name, members in groups.items()
    ]
