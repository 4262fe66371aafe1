"""Figures that only all purchases of a customer together can tell."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.metrics.queries.purchases import buyers, count_nameless
from crm_reporting.metrics.rules.asks import Ask, Read
from crm_reporting.metrics.rules.customers import FIGURES, class_figure, classes, repeat_share
from crm_reporting.metrics.rules.figures import measure_of
from crm_reporting.metrics.rules.numbers import Figure, part_of
from crm_reporting.metrics.rules.results import Slice, show

CLASSES, REPEAT_SHARE = "customer_classes", "repeat_share"
OWN = frozenset({*FIGURES, CLASSES, REPEAT_SHARE})


def is_of_customers(ask: Ask) -> bool:
    """Tell whether a figure is made of customers, and not of sums."""
    return measure_of(ask).own in OWN


async def customer_figure(session: AsyncSession, ask: Ask, read: Read) -> Figure:
    """Return the figure for the days of a read; coverage is the part of sales with a customer."""
    known = await buyers(session, read, ask.currency)
    own = measure_of(ask).own or ""
    if own == CLASSES:
        figure = class_figure(known, known, read.period)
    else:
        tell = repeat_share(ask.variant) if own == REPEAT_SHARE else FIGURES[own]
        figure = tell(known, read.period)
    named = sum(one.now for one in known)
    return replace(figure, coverage=part_of(named, named + await count_nameless(session, read)))


async def class_slices(session: AsyncSession, ask: Ask, read: Read) -> list[Slice]:
    """Return the ABC groups, the empty ones too."""
    known = await buyers(session, read, ask.currency)
    return [
        Slice(name, name, show(ask, class_figure(members, known, read.period)), None)
        for name, members in classes(known).items()
    ]
