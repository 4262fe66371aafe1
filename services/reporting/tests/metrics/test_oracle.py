"""Every metric recomputed apart: plain Python over raw events, on random histories."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from recount import RATES, Oracle, World, local
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.consumers.streams import keep
from crm_reporting.metrics.queries.facts import facts_statement
from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.catalogue import CATALOGUE, Dimension
from crm_reporting.metrics.rules.questions import Around, Parameters, ask_of
from crm_reporting.metrics.use_cases import answer
from crm_reporting.rates.use_cases import RateOf, set_rates
from crm_reporting.rebuilds.use_cases import Basis
from crm_reporting.settings import Settings
from crm_reporting.summaries.jobs import sum_some
from crm_reporting.testing import DealStory, Story, SubjectStory, line, moment, named
from crm_shared.actor import Access, Actor, Role, Scope
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import ALIASES
from crm_shared.filters import And
from crm_shared.ids import new_id

START = moment("2026-03-27 21:30")  # the day of 23 hours is near
NOW = moment("2026-04-20 10:00")
OLENA, PETRO = named("Olena"), named("Petro")
# two that are merged later, one that is not, and none at all
COMPANIES = [named("Silpo"), named("Fozzy"), named("Novus"), None]
# What is told of sums of customers.
OF_CUSTOMERS = (
    "new_customers", "repeat_sales", "retention", "customer_life", "pareto", "lost_clients",
    "decision_time", "contacts_per_client", "contact_intensity", "customers_in_work",
    "customers_in_work:active_buyers",
)  # fmt: skip


# Lives: what happens to one subject, and how many days after what was before.

Step = tuple[str, dict[str, Any]]
DAYS = st.floats(0, 6, allow_nan=False).map(lambda days: round(days, 3))
OWNER = ("assigned", {"owner_id": str(PETRO)})
GONE: list[Step] = [("deleted", {}), ("restored", {})]
LEAD: list[Step] = [
    ("responded", {"first_responded_at": "now", "status": "working"}), OWNER, *GONE,
    ("converted", {"status": "converted"}), ("overdue", {}), ("confirmed", {}),
    ("disqualified", {"status": "disqualified", "disqualify_reason": "price"}),
    ("reopened", {"status": "working", "disqualify_reason": None}),
]  # fmt: skip
PROMISE: list[Step] = [
    ("completed", {"status": "done", "completed_at": "now"}), OWNER,
    ("missed", {"status": "missed", "missed_at": "now"}), ("cancelled", {"status": "cancelled"}),
    ("reopened", {"status": "planned", "completed_at": None, "missed_at": None}),
]  # fmt: skip
TASK: list[Step] = [
    ("completed", {"status": "done"}), ("updated", {"status": "open"}), OWNER,
    ("cancelled", {"status": "cancelled"}), ("updated", {"rule_id": str(named("rule"))}),
]  # fmt: skip
CASE: list[Step] = [
    ("first_responded", {"first_responded_at": "now", "status": "open"}), OWNER, *GONE,
    ("waiting", {"status": "waiting"}), ("resumed", {"status": "open"}),
    ("limit_breached", {"first_response_breached_at": "now"}),
    ("solved", {"status": "solved", "solved_at": "now", "outcome": "success"}),
    ("solved", {"status": "solved", "solved_at": "now", "outcome": "failure"}),
    ("reopened", {"status": "open", "solved_at": None, "outcome": None}),
    ("merged", {"status": "merged"}),
]  # fmt: skip
INVOICE: list[Step] = [
    ("updated", {"status": "partly_paid", "due": "20.0000"}), ("updated", {"is_disputed": True}),
    ("paid", {"status": "paid", "due": "0.0000", "paid_on": "today"}),
    ("voided", {"status": "void", "void_reason": "mistake"}),
]  # fmt: skip
APPROVAL: list[Step] = [
    ("approved", {"state": "approved", "decided_at": "now"}),
    ("rejected", {"state": "rejected", "decided_at": "now"}), ("withdrawn", {"state": "withdrawn"}),
]  # fmt: skip
MESSAGE: list[Step] = [
    (verb, {"is_machine": machine})
    for verb in ("sent", "delivered", "opened", "clicked", "bounced", "unsubscribed")
    for machine in (False, True)
]
FEEDBACK: list[Step] = [
    ("submitted", {"score": score, "submitted_at": "now"}) for score in (1, 3, 4, 5)
]
PAYMENT: list[Step] = [("voided", {"voided_at": "now"}), ("updated", {"amount": "7.0000"})]
CRANE = line("crane", "60") | {"unit_cost": "25.0000"}
HOOK = line("hook", "20") | {"unit_cost": "1.5000", "sale_kind": "cross"}
DEAL: list[Step] = [
    ("move", {"stage": "Won"}), ("move", {"stage": "Lost"}), ("move", {"stage": "Proposal"}),
    ("update", {"owner_id": PETRO}), ("update", {"amount": "80.0000"}),
    ("update", {"amount": None}), ("update", {"expected_close_date": date(2026, 4, 5)}),
    ("update", {"reason_id": str(named("price"))}), ("update", {"agreed_at": "now"}),
    ("update", {"line_items": [CRANE, HOOK]}),
    ("update", {"line_items": [line("crane", "60")]}), ("update", {"is_void": True}),
    ("update", {"credits": [{"user_id": str(OLENA), "share": "30"},
                            {"user_id": str(PETRO), "share": "70"}]}),
]  # fmt: skip
FIRST: dict[str, tuple[list[Step], Callable[[random.Random], dict[str, Any]]]] = {
    "lead": (LEAD, lambda luck: {"source": luck.choice(["fair", None]),
                                 "channel": luck.choice(["fair", None]),
                                 "awaits_confirmation": luck.random() < 0.1}),
    "activity": (PROMISE, lambda _: {"is_promise": True, "due_at": "soon", "duration_s": 90}),
    "task": (TASK, lambda luck: {"due_at": luck.choice(["soon", "soon", None])}),
    "case": (CASE, lambda luck: {"topic": luck.choice(["delivery", None])}),
    "invoice": (INVOICE, lambda luck: {"issue_date": "today",
                                       "due_date": luck.choice(["soon", "soon", "past"]),
                                       "currency": luck.choice(["UAH", "EUR"])}),
    "payment": (PAYMENT, lambda luck: {"paid_on": "today", "kind": luck.choice(
        ["payment", "refund"]), "currency": luck.choice(["UAH", "EUR"])}),
    "approval": (APPROVAL, lambda _: {"requested_at": "now"}),
    "message": (MESSAGE, lambda _: {}),
    "feedback": (FEEDBACK, lambda _: {}),
}  # fmt: skip
LIFE = st.tuples(
    st.sampled_from([*FIRST, *("deal",) * 4]),
    st.integers(0, 2**32),
    DAYS,
    st.lists(st.tuples(st.integers(0, 99), DAYS), max_size=6),
)


def lived(name: str, life: tuple[str, int, float, list[tuple[int, float]]]) -> Story:
    noun, seed, later, steps = life
    luck = random.Random(seed)
    at = START + timedelta(days=later)
    if noun == "deal":
        deal = DealStory(
            name,
            at=at,
            currency=luck.choice(["UAH", "EUR"]),
            company_id=luck.choice(COMPANIES),
            channel=luck.choice(["web", None]),
            contact_id=luck.choice([named("Ivan"), None]),
        )
        for number, days in steps:
            verb, facts = DEAL[number % len(DEAL)]
            when = deal.at + timedelta(days=days)
            if verb == "move":
                deal.move(facts["stage"], at=when)
            else:
                deal.update(at=when, **timed(facts, when))
        return deal
    known, first = FIRST[noun]
    begun = {"payment": "received", "message": "queued", "feedback": "requested"}
    told = timed(first(luck), at)
    if noun != "message":
        told["company_id"] = luck.choice(COMPANIES)
    story = SubjectStory(noun, name, begun.get(noun, "created"), at=at, **told)
    for number, days in steps:
        verb, facts = known[number % len(known)]
        when = story.at + timedelta(days=days)
        story.say(verb, at=when, **timed(facts, when))
    return story


def timed(facts: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Put moments in the place of their names."""
    soon = at + timedelta(days=3)
    today = local(at)
    told = {
        "now": at, "today": today, "past": today - timedelta(days=40),
        "soon": today + timedelta(days=3) if "due_date" in facts else soon,
    }  # fmt: skip
    return {
        key: told[value] if isinstance(value, str) and value in told else value
        for key, value in facts.items()
    }


class TestEveryMetric:
    """G15, K1, K3, K5, K6, K7, K12, K13, K22, K29, K32, K36, K38, K39, K40, K41, K42, K44: twice.

    Late, out of order, reopened, deleted, in two currencies, over a day of 23 hours.
    """

    @settings(
        max_examples=12,
        deadline=None,
        # each example is a database's worth of work: shrinking would take longer than looking
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        lives=st.lists(LIFE, min_size=3, max_size=16),
        seed=st.integers(0, 2**32),
        size=st.integers(2, 20),
        first=st.integers(0, 6),
        days=st.integers(1, 14),
    )
    async def test_agrees_with_what_the_raw_events_say(
        self, worker_sessions: Sessions, crm_settings: Settings, lives: Any, seed: int,
        size: int, first: int, days: int,
    ) -> None:  # fmt: skip
        """D9, K9, K15, K18, K19, K31, K34b, K43, K46, K49, K61, K62, K63, K65, K69, T6, G12: so."""
        stories = [lived(f"{n}", life) for n, life in enumerate(lives)]
        events = [event for story in stories for event in story.events] * 2
        random.Random(seed).shuffle(events)
        start = date(2026, 3, 27) + timedelta(days=first)
        merged = {str(named("Fozzy")): str(named("Silpo"))}
        oracle = Oracle(World(events), start, start + timedelta(days=days), merged)

        async with worker_sessions() as session:
            await set_rates(session, [RateOf("EUR", "UAH", on, rate) for on, rate in RATES.items()])
            into = {"survivor_id": named("Silpo"), "into_id": named("Silpo"), "revision": 1}
            row = {"kind": "company", "loser_id": named("Fozzy"), **into}
            await session.execute(insert(ALIASES), row)
            for place in range(0, len(events), size):
                batch = {event.id: event for event in events[place : place + size]}
                await keep(session, list(batch.values()))
                if place % 3 == 0:
                    await sum_some(session)
            figures = oracle.figures()
            asks = [asked(name, oracle, crm_settings) for name in OF_CUSTOMERS]
            basis = Basis(crm_settings.zone, "UAH")
            read = [(await answer(session, ask, basis)).exact for ask in asks]
            # so far rows were read; from here on what is summed of them
            while await sum_some(session):
                pass
            assert read == [(await answer(session, ask, basis)).exact for ask in asks]
            for name, expected in figures.items():
                ask = asked(name, oracle, crm_settings)
                told = await answer(session, ask, Basis(crm_settings.zone, "UAH"))
                assert near(told.exact.value, expected), (name, told.exact, expected)
                if ask.metric.additive and told.exact.value is not None:
                    assert await facts_behind(session, ask) == told.exact.n, name
            for name, expected_shares in (
                ("seller_contribution", oracle.credited()),
                ("gross_profit", oracle.credited(profit=True)),
            ):
                ask = asked(name, oracle, crm_settings, by=Dimension.OWNER)
                told = await answer(session, ask, Basis(crm_settings.zone, "UAH"))
                shares = {str(one.key): Decimal(one.shown.value or 0) for one in told.breakdown}
                for user, amount in expected_shares.items():
                    assert near(shares[user], amount), (name, user)
                assert sum(bool(amount) for amount in shares.values()) == len(expected_shares)
            await session.rollback()


def asked(name: str, oracle: Oracle, crm_settings: Settings, by: Dimension | None = None) -> Ask:
    metric, _, variant = name.partition(":")
    access = Access(Actor(new_id(), Role.ADMIN), Scope.ALL)
    around = Around(access, NOW, crm_settings.zone, "UAH")
    told = Parameters(oracle.start, oracle.end, by=by, variant=variant or None)
    return ask_of(CATALOGUE[metric], told, And(()), around)


async def facts_behind(session: AsyncSession, ask: Ask) -> int:
    rows = facts_statement(ask).subquery()
    return int(await session.scalar(select(func.coalesce(func.sum(rows.c.n), 0))) or 0)


def near(told: Decimal | None, expected: Decimal | None) -> bool:
    if told is None or expected is None:
        return told is expected
    return abs(told - expected) < Decimal("0.011")
