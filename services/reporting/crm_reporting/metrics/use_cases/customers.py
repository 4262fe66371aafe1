"""Figures that only all purchases of a customer together can tell."""

from dataclasses import replace

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.classes import by_profit, class_figure, classes
from crm_reporting.metrics.rules.customers import FIGURES, repeat_share
from crm_reporting.metrics.rules.figures import measure_of, untold
from crm_reporting.metrics.rules.numbers import Reason, part_of, unknown
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.metrics.rules.results import Slice, show
from crm_reporting.metrics.use_cases.reading import bag_in, gather, read_of
from crm_reporting.metrics.use_cases.work import Figures, Work
from crm_reporting.rates.queries import Rates

CLASSES, REPEAT_SHARE = "customer_classes", "repeat_share"
INCOME = "income_per_customer"
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
    won = replace(read, parts=(Part.WON,))
    rates = work.rates if own == INCOME else Rates(ask.currency, ())
    sold = bag_in(await gather(work.session, ask, won, rates)).of(Part.WON)
    if own == INCOME and sold.n and not sold.priced:
        figure = untold(figure)
    return {None: replace(figure, coverage=part_of(named, sold.n))}


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
