"""What a formula of its own works with: the question, the rates, and every other metric."""

from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries.purchases import buyers
from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.catalogue import CATALOGUE, Dimension
from crm_reporting.metrics.rules.customers import Buyer
from crm_reporting.metrics.rules.numbers import Figure
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.metrics.rules.tallies import Key, Unconverted
from crm_reporting.metrics.use_cases.reading import read_of
from crm_reporting.rates.queries import Rates
from crm_reporting.rebuilds.use_cases import Basis
from crm_shared.filters import And, Comparison

Figures = Mapping[Key, Figure]
ReadT = TypeVar("ReadT")


@dataclass(frozen=True, slots=True)
class Work:
    """One question being answered. Money that no rate converts is noted in `unconverted`."""

    session: AsyncSession
    ask: Ask
    basis: Basis
    rates: Rates
    figures: "Compute"
    unconverted: dict[str, Unconverted] = field(default_factory=dict)
    # what was read for one answer: whole, cut and other metrics share it
    known: dict[Hashable, Any] = field(default_factory=dict)

    async def once(self, key: Hashable, read: Callable[[], Awaitable[ReadT]]) -> ReadT:
        """Return what is read under a key, read once for one answer."""
        if key not in self.known:
            self.known[key] = await read()
        found: ReadT = self.known[key]
        return found

    async def buyers(self, period: Period, part: Part = Part.WON) -> list[Buyer]:
        """Return everybody who bought before the end of a period, read once for one answer."""
        read = read_of(self.ask, period=period)
        return await self.once(
            (repr(read), part), lambda: buyers(self.session, read, self.ask.currency, part)
        )

    async def told(
        self,
        metric: str,
        period: Period,
        by: Dimension | None = None,
        *,
        variant: str | None = None,
        where: Comparison | None = None,
    ) -> Figures:
        """Return another metric of the same question: same scope, filters, currency, instant."""
        entry = CATALOGUE[metric]
        variant = variant or (entry.variants[0] if entry.variants else None)
        only = And((*self.ask.filter.items, where)) if where else self.ask.filter
        ask = replace(self.ask, metric=entry, variant=variant, by=by, interval=None, filter=only)
        return await self.figures(replace(self, ask=ask), period, by)

    async def one(self, metric: str, period: Period, *, variant: str | None = None) -> Figure:
        """Return another metric as a whole."""
        return (await self.told(metric, period, variant=variant))[None]


# Whole under the key None, or cut: a figure a key.
Compute = Callable[[Work, Period, Dimension | None], Awaitable[Figures]]
