"""G18: the rows behind a figure (`facts_url`) add up to it, whatever happened."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lives import LIFE, history
from recount import RATES, Oracle, World
from recount_all import near
from recount_sales import Sales
from recounted import worth
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.consumers.streams import keep
from crm_reporting.contributions.rules.values import BOOKED
from crm_reporting.metrics.queries.facts import facts_statement
from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.catalogue import CATALOGUE
from crm_reporting.metrics.rules.figures import facts_of, is_stock, measure_of
from crm_reporting.metrics.rules.measures import Sum
from crm_reporting.metrics.rules.questions import Around, Parameters, ask_of
from crm_reporting.metrics.use_cases import answer
from crm_reporting.rates.use_cases import RateOf, set_rates
from crm_reporting.rebuilds.use_cases import Basis
from crm_reporting.settings import Settings
from crm_reporting.testing import moment
from crm_shared.actor import Access, Actor, Role, Scope
from crm_shared.db.engine import Sessions
from crm_shared.filters import And
from crm_shared.ids import new_id

NOW = moment("2026-04-20 10:00")
# what a row tells of itself; other sums (how long, how late) are told of no row
TOLD = frozenset({"n", "amount", "passed", "dropped"})
OUTCOMES: tuple[Any, ...] = ("restate", "ledger")


def questions(zone: Any, start: date, end: date) -> Iterator[tuple[str, Ask]]:
    """Every variant of every metric that is a sum, or one sum by another."""
    around = Around(Access(Actor(new_id(), Role.ADMIN), Scope.ALL), NOW, zone, "UAH")
    for name, metric in CATALOGUE.items():
        for variant in metric.variants or (None,):
            for outcome in OUTCOMES:
                told = Parameters(start, end, variant=variant, outcome=outcome)
                ask = ask_of(metric, told, And(()), around)
                if outcome == "restate" or BOOKED.keys() & set(measure_of(ask).facts):
                    yield f"{name}:{variant}:{outcome}", ask


def sums_of(ask: Ask) -> list[tuple[str, Sum]]:
    """What of the answer its rows tell: all its parts are among them, all it sums they say."""
    measure = measure_of(ask)
    if measure.own is not None:
        return []
    division = measure.ratio or measure.mean
    sides = [("value", measure.total)] if measure.total else []
    if division and measure.per == 1:
        sides = [("numerator", division.top), ("denominator", division.bottom)]
    behind = facts_of(ask)
    return [
        (name, one) for name, one in sides
        if set(one.parts) <= set(behind) and {term.what for term in one.terms} <= TOLD
    ]  # fmt: skip


def added(ask: Ask, one: Sum, rows: Sequence[Any]) -> Decimal:
    """Add up what rows say, in plain Python."""
    booked = {"ledger": "_BOOKED"}.get(ask.outcome, "")
    whole = Decimal(0)
    for term in one.terms:
        names = {term.part.name, f"{term.part.name}{booked}"}
        for row in rows:
            if type(term.part)(row.part).name not in names:
                continue
            on = ask.counted.last_day if is_stock(ask) else row.day
            told = {
                "n": Decimal(row.n), "passed": row.n * Decimal(bool(row.passed)),
                "dropped": row.n * Decimal(bool(row.dropped)),
                "amount": worth(row.amount, row.currency or "UAH", on) or Decimal(0)
                if row.amount is not None else Decimal(0),
            }  # fmt: skip
            whole += term.sign * told[term.what]
    return whole


async def behind(session: AsyncSession, ask: Ask) -> Sequence[Any]:
    found: Sequence[Any] = (await session.execute(facts_statement(ask))).all()
    return found


class TestFactsBehind:
    """G18, G3: of every metric that is made of rows alone."""

    @settings(
        max_examples=5,
        deadline=None,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        lives=st.lists(LIFE, min_size=6, max_size=24), seed=st.integers(0, 2**32),
        first=st.integers(0, 6), days=st.integers(3, 14),
    )  # fmt: skip
    async def test_add_up_to_the_figure(
        self, worker_sessions: Sessions, crm_settings: Settings, lives: Any, seed: int,
        first: int, days: int,
    ) -> None:  # fmt: skip
        """K5: and the average deal with deals of nought, and without them (`include_zero`)."""
        events = history(lives, random.Random(seed), until=NOW)
        start = date(2026, 3, 27) + timedelta(days=first)
        end, basis = start + timedelta(days=days), Basis(crm_settings.zone, "UAH")
        wrong, looked = list[Any](), set[str]()
        async with worker_sessions() as session:
            await set_rates(session, [RateOf("EUR", "UAH", on, rate) for on, rate in RATES.items()])
            await keep(session, events)
            for name, ask in questions(crm_settings.zone, start, end):
                sides = sums_of(ask)
                if not sides:
                    continue
                looked.add(name.rpartition(":")[0])
                told = (await answer(session, ask, basis)).exact
                rows = await behind(session, ask)
                for side, one in sides:
                    value, whole = getattr(told, side), added(ask, one, rows)
                    # unknown is no nought, but the rows then hold nothing either
                    if not near(value or Decimal(0), whole):
                        wrong.append((name, side, value, whole))
            world = World(events)
            kept = {past[0].subject for past in world.purchases()}
            sales = Sales(Oracle(world, start, end)).sold()
            sold = [one for past, _, one in sales if past[0].subject in kept]
            for with_nought in (False, True):
                average = next(
                    replace(ask, include_zero=with_nought)
                    for name, ask in questions(crm_settings.zone, start, end)
                    if name == "average_deal_sum:None:restate"
                )
                paying = [one for one in sold if one or with_nought]
                told = (await answer(session, average, basis)).exact
                expected = sum(paying, Decimal(0)) / len(paying) if paying else None
                if not near(told.value, expected):
                    wrong.append(("include_zero", with_nought, told, expected))
                rated = [
                    row for row in await behind(session, average)
                    if worth(row.amount, row.currency, row.day) is not None
                ]  # fmt: skip
                # what was paid back stands there twice: as it was won, and taken off again
                n = sum(row.n for row in rated)
                if n != len(paying):
                    wrong.append(("rows of the average", with_nought, n, len(paying)))
            await session.rollback()
        assert not wrong, "\n".join(map(str, wrong))
        assert len(looked) > 40, sorted(looked)
