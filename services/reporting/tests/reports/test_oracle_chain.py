"""I9: the chain from campaign to payment recomputed apart, on random histories."""

import random
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from recount_chain import Brought, chain_of
from recounted import RATES, World

from crm_reporting.consumers.streams import keep
from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries.chain import Chain, Link, chain
from crm_reporting.metrics.rules.asks import Read
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.rates.use_cases import RateOf, set_rates
from crm_reporting.testing import DealStory, Story, SubjectStory, line, moment, named
from crm_shared.actor import Access, Actor, Role, Scope
from crm_shared.db.engine import Sessions
from crm_shared.filters import And
from crm_shared.ids import new_id

BEGIN = moment("2026-03-01 10:00")
DEALS = ["d0", "d1", "d2", "d3"]
CODES = ["UAH", "UAH", "EUR", "USD"]


def deal(name: str, luck: random.Random) -> Story:
    chairs = line("Chair", "90.0000") | {"unit_cost": luck.choice([None, "30", "70"])}
    found = DealStory(
        name, at=BEGIN + timedelta(days=luck.uniform(0, 20)), currency=luck.choice(CODES),
        amount=luck.choice(["90.0000", "90.0000", None]),
        line_items=[chairs] if luck.random() < 0.6 else [],
    )  # fmt: skip
    for _ in range(luck.randrange(4)):
        found.move(luck.choice(["Won", "Won", "Lost", "Proposal"]), days=luck.uniform(0.1, 12))
    if luck.random() < 0.1:
        found.update(days=1, is_void=True)
    if luck.random() < 0.1:
        found.say("deleted", days=1)
    return found


def lead(name: str, luck: random.Random) -> Story:
    labels = luck.choice([{"campaign": "spring"}, {"campaign": "autumn"}, {"x": "y"}, None])
    found = SubjectStory("lead", name, at=BEGIN + timedelta(days=luck.uniform(0, 40)),
                         labels=labels)  # fmt: skip
    if luck.random() < 0.8:
        told = str(named(luck.choice(DEALS)))
        found.say("converted", days=1, status="converted", deal_id=told)
    if luck.random() < 0.1:
        found.say("updated", days=1, labels={"campaign": "autumn"})
    if luck.random() < 0.1:
        found.say("deleted", days=1)
    return found


def bill(name: str, luck: random.Random) -> Story:
    at = BEGIN + timedelta(days=luck.uniform(0, 50))
    found = SubjectStory(
        "invoice", name, "issued", at=at, issue_date=at.date(), currency=luck.choice(CODES),
        kind=luck.choice(["invoice", "invoice", "credit_note"]), deal_id=any_deal(luck),
    )  # fmt: skip
    if luck.random() < 0.2:
        found.say("voided", days=1, status="void")
    return found


def payment(name: str, luck: random.Random) -> Story:
    at, kind = BEGIN + timedelta(days=luck.uniform(0, 50)), luck.choice(["payment", "refund"])
    found = SubjectStory(
        "payment", name, "received" if kind == "payment" else "refunded", at=at, kind=kind,
        paid_on=at.date(), currency=luck.choice(CODES), deal_id=any_deal(luck),
    )  # fmt: skip
    if luck.random() < 0.3:
        found.say("updated", days=1, deal_id=any_deal(luck))
    if luck.random() < 0.2:
        found.say("voided", days=1, voided_at=found.at)
    return found


def any_deal(luck: random.Random) -> str | None:
    return str(named(luck.choice(DEALS))) if luck.random() < 0.9 else None


def history(luck: random.Random) -> list[Any]:
    stories = [deal(name, luck) for name in DEALS]
    for make, most in ((lead, 12), (bill, 6), (payment, 8)):
        stories += [make(f"{n}", luck) for n in range(luck.randrange(most))]
    told = [event for one in stories for event in one.events]
    luck.shuffle(told)
    return told


def plain(link: Link) -> Brought:
    return Brought(*(getattr(link, name) for name in Brought._fields))


class TestTheChain:
    """I9: by campaign, and as a whole, in which a deal of two campaigns counts once."""

    @settings(
        max_examples=40,
        deadline=None,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(seed=st.integers(0, 2**64))
    async def test_is_what_events_make_of_it(self, worker_sessions: Sessions, seed: int) -> None:
        luck = random.Random(seed)
        told = history(luck)
        start = date(2026, 3, 1) + timedelta(days=luck.randrange(10))
        end = start + timedelta(days=luck.choice([10, 31, 45]))
        expected, whole = chain_of(World(told), start, end)
        read = Read(
            (Part.LEAD,), Period(start, end), Access(Actor(new_id(), Role.ADMIN), Scope.ALL),
            And(()),
        )  # fmt: skip
        async with worker_sessions() as session:
            await set_rates(session, [RateOf("EUR", "UAH", on, rate) for on, rate in RATES.items()])
            await keep(session, told)
            found: Chain = await chain(session, read, "UAH")
            await session.rollback()
        assert {one.campaign: plain(one) for one in found.links} == expected
        assert plain(found.whole) == whole
