"""The demo's company over a year, asked by HTTP and recomputed apart; no metric without either."""

import importlib
import importlib.util
import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
from lives import FIRST, lived, measured
from recount import RATES, Oracle, World
from recount_all import COVERED, disagreeing

from crm_cli.demo.company import CONTACTS, PRODUCTS, Sale, amount, companies, sales
from crm_reporting.metrics.rules.catalogue import CATALOGUE
from crm_reporting.rates.use_cases import RateOf, set_rates
from crm_reporting.rebuilds.jobs import carry_out
from crm_reporting.rebuilds.use_cases import ask_for_rebuild
from crm_reporting.settings import Settings
from crm_reporting.testing import (
    DealStory,
    Tell,
    company_told,
    events_of,
    moment,
    named,
    pipeline_created,
)
from crm_shared.actor import SYSTEM
from crm_shared.db.engine import Sessions

SEED = 20261122
LIVES = 120
# when the demo is told: its year of deals ends here
TOLD_AT = moment("2026-04-12 09:00")
WHOLE = (date(2025, 4, 1), date(2026, 4, 18))
QUARTER = (date(2026, 1, 1), date(2026, 4, 1))
# As the demo calls its stages; both of its last open ones are proposals here.
PLACES = ("New", "Qualified", "Proposal", "Proposal", "Won", "Lost")
# Nobody recomputes these, and why.
REST: dict[str, str] = {}
ENTERED = "recount_entered"


def dealt(sale: Sale, names: list[str]) -> DealStory:
    prices = {key: Decimal(price) for key, _, _, price in PRODUCTS}
    lines = [
        {
            "product_id": str(named(key)), "product_label": key, "category": None,
            "quantity": str(count), "unit_price": str(prices[key]), "sale_kind": kind,
            "total": str(prices[key] * count), "unit_cost": str(prices[key] / 2),
        }
        for (key, count), kind in zip(sale.products, ("base", "cross", "up"), strict=False)
    ]  # fmt: skip
    deal = DealStory(
        sale.key, at=sale.created_at, owner_id=named(sale.seller), amount=amount(sale),
        company_id=named(names[sale.contact % len(names)]), channel=sale.channel,
        contact_id=named(f"client {sale.contact % CONTACTS}"), line_items=lines,
    )  # fmt: skip
    for stage, at in sale.moves:
        if PLACES[stage] != deal.stage:
            deal.move(PLACES[stage], at=at)
    if sale.reason:
        deal.update(reason_id=named(sale.reason))
    return deal


def company() -> Iterator[Any]:
    """The demo's firms and deals, and the same lives of everything else at every run."""
    luck = random.Random(SEED)
    firms = companies()
    yield pipeline_created()
    for firm in firms:
        known = {name: firm[name] for name in ("country", "employees")}
        yield company_told(firm["name"], sector=firm["sector"], **known)
    names = [firm["name"] for firm in firms]
    for sale in sales(TOLD_AT):
        yield dealt(sale, names)
    nouns = [*FIRST, *("deal",) * 4]
    for number in range(LIVES):
        steps = [(luck.randrange(100), luck.random() * 6) for _ in range(luck.randrange(6))]
        yield lived(
            f"{number}", (luck.choice(nouns), luck.randrange(2**32), luck.random() * 6, steps)
        )
    yield from measured(luck)


class TestCompany:
    """G8, G15, K2, K4, K8, K12, K14, K21, K23, K24, K25, K50, K52, K55, K58, K67: over a year."""

    async def test_is_told_as_its_events_say(
        self,
        client: httpx.AsyncClient,
        tell: Tell,
        sessions: Sessions,
        crm_settings: Settings,
        merged: Any,
    ) -> None:
        """Late and twice; merged, as it was; and when all has been counted anew from nothing."""
        told = list(events_of(company()))
        async with sessions.begin() as session:
            await set_rates(session, [RateOf("EUR", "UAH", on, rate) for on, rate in RATES.items()])
        random.Random(SEED).shuffle(late := list(told))
        await tell(*late, *told, batch=150)

        world = World(told)
        wrong = [await disagreeing(client, Oracle(world, *days)) for days in (WHOLE, QUARTER)]

        assert wrong == [[], []]

        survivor, loser = (named(one["name"]) for one in companies()[:2])
        await merged("company", loser, survivor)
        one = Oracle(world, *WHOLE, {str(loser): str(survivor)})
        assert await disagreeing(client, one) == []
        assert await disagreeing(client, Oracle(world, *QUARTER), as_was="true") == []

        async with sessions.begin() as session:
            await ask_for_rebuild(session, SYSTEM)
        assert await carry_out(sessions, crm_settings) == 1
        assert await disagreeing(client, one) == []


class TestCatalogue:
    """No metric comes without somebody recomputing it from the formula."""

    def test_has_an_oracle_for_every_metric(self) -> None:
        entered: set[str] = importlib.import_module(ENTERED).COVERED
        known = {
            f"{one.id}:{variant}" if variant else one.id
            for one in CATALOGUE.values()
            for variant in one.measures
        }

        assert known - COVERED - entered == set(REST)
        assert (COVERED | entered) - known == set(), "what is recomputed is no metric any more"
        assert all(REST.values())
