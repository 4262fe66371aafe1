"""One answer being measured: what was entered, held against the facts of a time."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.effect.rules import living
from crm_reporting.effect.rules.answers import Goal, Row
from crm_reporting.effect.rules.balance import Untold
from crm_reporting.effect.rules.components import Component, Declared, declared
from crm_reporting.effect.rules.crediting import Effect, Weight, credit
from crm_reporting.effect.rules.exact import HUNDRED, NOUGHT, of
from crm_reporting.effect.rules.facts import Facts
from crm_reporting.effect.rules.investing import Cost, Item
from crm_reporting.effect.rules.living import Known, Post
from crm_reporting.effect.rules.measuring import (
    BeforeAfter,
    Difference,
    Side,
    before_after,
    difference_in_differences,
    mean_of,
)
from crm_reporting.effect.rules.returning import Spending
from crm_reporting.inputs.models import Baseline, EffectSetup, Investment, Plan, Staff
from crm_reporting.inputs.queries import Told, working_days
from crm_reporting.inputs.rules.measures import direction_of, unit_of, version_of
from crm_reporting.inputs.rules.spreading import LAST_DAY, Span, months_in, whole_months
from crm_reporting.inputs.use_cases import attain
from crm_reporting.metrics.queries.inputs import rows_known
from crm_reporting.metrics.rules.catalogue import CATALOGUE
from crm_reporting.rates.queries import Rates
from crm_reporting.rebuilds.use_cases import Basis
from crm_shared.actor import Access

MONTHS = 12
# E16: nobody should be credited with more than sales have grown
GROWTH = "sales_volume"
OF_TIME = frozenset({"days", "hours", "minutes"})


@dataclass(slots=True)
class Work:
    """Measures one answer; `at` is the instant whose knowledge it tells, None for now."""

    session: AsyncSession
    access: Access
    basis: Basis
    setup: EffectSetup
    rates: Rates
    facts: Facts
    today: date
    at: datetime | None = None

    @property
    def told(self) -> Told:
        return Told(self.session, self.access, self.basis, self.setup.currency, self.at)

    async def known(self) -> Known:
        """Return what was entered, in the currency of the effect, money and counts a month."""
        baselines = {
            row.metric: row
            for row in await rows_known(self.session, Baseline, self.at)
            if row.team_id is None
        }
        coverage, index = self.setup.script_coverage, self.setup.price_index
        return Known(
            start=self.setup.starts_on,
            margin=of(self.setup.margin) / HUNDRED,
            baselines={
                name: value
                for name, row in baselines.items()
                if (value := self._monthly(row)) is not None
            },
            sampled=frozenset(n for n, row in baselines.items() if row.source == "sampled"),
            staff=[
                Post(
                    row.role,
                    Fraction(row.fte),
                    self._at_start(row.pay, row.currency),
                    _span(row),
                    row.user_id,
                )
                for row in await rows_known(self.session, Staff, self.at)
            ],
            script_coverage=None if coverage is None else of(coverage) / HUNDRED,
            price_index=None if index is None else of(index),
        )

    async def components(self, known: Known, span: Span) -> list[Component]:
        """Return the components of a time: the five live ones, and what was declared."""
        # of many deals it takes a while: the loop answers others meanwhile
        found = await asyncio.to_thread(living.measure, self.facts, known, span, self.today)
        ten = found[0].value if "E10" in self.setup.weights else None
        for one in self.setup.declared:
            name = str(one["metric"])
            after = await self._after(name, span)
            told = Declared(
                name, known.baselines.get(name), after, of(str(one["money_per_unit"])),
                one["argument"], one["fewer_is_better"], one["is_realised"],
                is_time=unit_of(name) in OF_TIME,
            )  # fmt: skip
            found.append(declared(told, component=one["component"], spared=ten))
        return found

    def credit(self, components: Sequence[Component], growth: Fraction | None) -> Effect:
        """Weigh what is known and has a weight; what has none is credited with nothing."""
        weights = {
            name: Weight(of(str(w["share"])), of(str(w["confidence"])), w["argument"])
            for name, w in self.setup.weights.items()
        }
        present = [c for c in components if c.value is not None and c.id in weights]
        return credit(present, weights, growth=growth)

    async def growth(self, known: Known, span: Span) -> Fraction | None:
        """Return by how much more is sold a month than before, if that was recorded."""
        before = known.baselines.get(GROWTH)
        after = await self._after(GROWTH, span)
        return None if before is None or after is None else after - before

    async def spending(self) -> tuple[list[Spending], Untold]:
        """Return what went into the CRM, in the currency of the effect; and what has no sum."""
        found: list[Spending] = []
        unrated: Counter[str] = Counter()
        unpriced = NOUGHT
        for row in await rows_known(self.session, Investment, self.at):
            item = Item(
                Cost(row.kind), row.currency, row.starts_on, is_monthly=row.is_monthly,
                amount=_exact(row.amount), hours=_exact(row.hours), rate=_exact(row.rate),
                users=_exact(row.users), price=_exact(row.price),
            )  # fmt: skip
            rate = self.rates.convert(row.currency, row.starts_on)
            if item.money is None:
                unpriced += item.hours or NOUGHT
            elif rate is None:
                unrated[row.currency] += 1
            else:
                found.append(Spending(item, _span(row), item.money * Fraction(rate)))
        return found, Untold(unrated, unpriced)

    async def rows(self, span: Span, later: frozenset[UUID]) -> list[Row]:
        """Return every metric that has a baseline, before and after; teams against each other."""
        recorded = await rows_known(self.session, Baseline, self.at)
        teams = [row for row in recorded if row.team_id and row.metric in CATALOGUE]
        found = []
        for metric in CATALOGUE:
            whole = next((r for r in recorded if r.metric == metric and not r.team_id), None)
            own = [row for row in teams if row.metric == metric]
            if whole is None and not own:
                continue
            found.append(
                Row(
                    metric,
                    await self._before_after(metric, whole, span),
                    await self._difference(metric, own, span, later),
                )
            )
        return found

    async def goals(self, today: date) -> list[Goal]:
        """Return the goals of the introduction, and how far each is reached."""
        found = []
        for plan in await rows_known(self.session, Plan, self.at):
            if plan.is_goal and plan.metric in CATALOGUE:
                told = await attain(
                    self.session, plan, self.access, self.basis, today=today, as_of=self.at
                )
                found.append(Goal(plan, told[1].percent))
        return found

    async def _before_after(
        self, metric: str, baseline: Baseline | None, span: Span
    ) -> BeforeAfter:
        additive = CATALOGUE[metric].is_flow
        after = Side(
            await self._figure(metric, span), version_of(metric),
            await working_days(self.session, self.basis, span), await self._months(metric, span),
        )  # fmt: skip
        before = None
        if baseline is not None:
            over = Span(baseline.starts_on, baseline.ends_on)
            # sums of times of unequal length are compared per day (G16)
            scale = Fraction(span.days, over.days) if additive else Fraction(1)
            rate = self._rate(baseline)
            before = Side(
                None if rate is None else Fraction(baseline.value) * rate * scale,
                baseline.metric_version,
                (baseline.working_days or 0) * scale,
                {int(m): of(value) * rate for m, value in baseline.months.items()} if rate else {},
            )
        return before_after(before, after, direction=direction_of(metric), additive=additive)

    async def _months(self, metric: str, span: Span) -> dict[int, Fraction]:
        """Return a metric by month where the span is made of whole ones of one year at most."""
        months = whole_months(span)
        if sum(month.days for month in months) != span.days or len(months) > MONTHS:
            return {}
        told = {month.first.month: await self._figure(metric, month) for month in months}
        return {month: value for month, value in told.items() if value is not None}

    async def _difference(
        self, metric: str, own: Sequence[Baseline], span: Span, later: frozenset[UUID]
    ) -> Difference:
        sides: dict[bool, list[tuple[Fraction | None, Fraction | None]]] = {True: [], False: []}
        for row in own:
            over = Span(row.starts_on, row.ends_on)
            after = await self.told.figure(metric, span.first, span.last, None, row.team_id)
            scale = Fraction(span.days, over.days) if CATALOGUE[metric].is_flow else Fraction(1)
            value = None if after.value is None else Fraction(after.value)
            rate = self._rate(row)
            before = None if rate is None else Fraction(row.value) * rate * scale
            sides[row.team_id not in later].append((before, value))
        if not sides[True] or not sides[False]:
            return difference_in_differences((None, None), None)
        if any(row.metric_version != version_of(metric) for row in own):
            return Difference(None, causal=False, reason="other_version")
        return difference_in_differences(mean_of(sides[True]), mean_of(sides[False]))

    async def _figure(self, metric: str, span: Span) -> Fraction | None:
        value = (await self.told.figure(metric, span.first, span.last)).value
        return None if value is None else Fraction(value)

    async def _after(self, metric: str, span: Span) -> Fraction | None:
        if metric not in CATALOGUE:
            return None
        value = await self._figure(metric, span)
        if value is None or not CATALOGUE[metric].is_flow:
            return value
        return value / months_in(span, span)

    def _monthly(self, row: Baseline) -> Fraction | None:
        rate = self._rate(row)
        if rate is None:
            return None
        value = Fraction(row.value) * rate
        if row.metric in CATALOGUE and CATALOGUE[row.metric].is_flow:
            over = Span(row.starts_on, row.ends_on)
            return value / months_in(over, over)
        return value

    def _rate(self, row: Baseline) -> Fraction | None:
        """Return what brings a baseline into the currency of the effect; None without a rate."""
        if not row.currency:
            return Fraction(1)
        rate = self.rates.convert(row.currency, row.starts_on)
        return None if rate is None else Fraction(rate)

    def _at_start(self, amount: Any, currency: str) -> Fraction | None:
        """Return pay at the rate of the start: a rate that moved saves nobody's pay."""
        rate = self.rates.convert(currency, self.setup.starts_on)
        return None if rate is None else Fraction(amount) * Fraction(rate)


def _span(row: Staff | Investment) -> Span:
    return Span(row.starts_on, row.ends_on or LAST_DAY)


def _exact(value: Any) -> Fraction | None:
    return None if value is None else Fraction(value)
