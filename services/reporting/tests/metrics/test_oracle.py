"""Every metric recomputed apart: plain Python over raw events, on random histories."""

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lives import LIFE, LOSER, LVIV_TEAM, PERSON, PETRO, SURVIVOR, history
from recount import RATES, Oracle, World
from recount_all import near, recounted
from recount_clients import Clients
from recount_sales import Sales
from recount_work import Work
from recounted import TODAY
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.consumers.streams import keep
from crm_reporting.metrics.queries.facts import facts_statement
from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.catalogue import CATALOGUE, Dimension
from crm_reporting.metrics.rules.questions import Around, Parameters, ask_of
from crm_reporting.metrics.use_cases import answer
from crm_reporting.persons.use_cases import erase_person
from crm_reporting.rates.use_cases import RateOf, set_rates
from crm_reporting.rebuilds.use_cases import Basis
from crm_reporting.settings import Settings
from crm_reporting.summaries.jobs import sum_some
from crm_reporting.testing import envelope, moment
from crm_shared.actor import Access, Actor, Role, Scope
from crm_shared.db.engine import Sessions
from crm_shared.events import aliases
from crm_shared.filters import And, Comparison
from crm_shared.ids import new_id

NOW = moment("2026-04-20 10:00")
# What is told of sums of customers.
OF_CUSTOMERS = (
    "new_customers", "repeat_sales", "retention", "customer_life", "pareto", "lost_clients",
    "decision_time", "contacts_per_client", "contact_intensity", "customers_in_work",
    "customers_in_work:active_buyers",
)  # fmt: skip
# Cut by every dimension that events name, one key after another.
CUT_DEALS = ("sales_volume", "won_deals", "loss_reasons", "potential_deals")
CUT_WORK = ("leads", "tasks_done", "payments")
# What a time that is not over has figures of: what is to come, and who stays as of today.
AHEAD = ("forecast:weighted", "forecast:best", "forecast:commit", "forecast:historical",
         "retention", "lost_clients", "customer_life", "customer_classes:net_revenue",
         "pareto:revenue", "contact_intensity", "class_moves", "new_customers")  # fmt: skip
LIMITS = settings(
    max_examples=12,
    deadline=None,
    # each example is a database's worth of work: shrinking would take longer than looking
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class TestEveryMetric:
    """G15, K1, K2, K3, K5, K6, K7, K12, K13, K22, K29, K32, K36, K38, K39, K40, K41, K42: twice.

    K44. Late, out of order, reopened, refunded, deleted, in two currencies, over a day of 23 hours.
    """

    @LIMITS
    @given(
        lives=st.lists(LIFE, min_size=3, max_size=24),
        seed=st.integers(0, 2**32),
        size=st.integers(2, 20),
        first=st.integers(0, 6),
        days=st.integers(1, 14),
        is_unmerged=st.booleans(),
    )
    async def test_agrees_with_what_the_raw_events_say(
        self, worker_sessions: Sessions, crm_settings: Settings, lives: Any, seed: int,
        size: int, first: int, days: int, is_unmerged: bool,
    ) -> None:  # fmt: skip
        """D9, K9, K15, K18, K19, K31, K34b, K43, K46, K49, K61, K62, K63, K65, K69, T6, G12: so."""
        luck = random.Random(seed)
        told = history(lives, luck, until=NOW)
        events = told * 2
        luck.shuffle(events)
        start = date(2026, 3, 27) + timedelta(days=first)
        merged = {} if is_unmerged else {str(LOSER): str(SURVIVOR)}
        oracle = Oracle(World(events), start, start + timedelta(days=days), merged)
        basis = Basis(crm_settings.zone, "UAH")

        async with worker_sessions() as session:
            await set_rates(session, [RateOf("EUR", "UAH", on, rate) for on, rate in RATES.items()])
            await merge(session, "merged", revision=1)
            for place in range(0, len(events), size):
                batch = {event.id: event for event in events[place : place + size]}
                await keep(session, list(batch.values()))
                if place % 3 == 0:
                    await sum_some(session)
            if is_unmerged:
                await merge(session, "unmerged", revision=2)
            await erase_person(session, PERSON)
            asks = [asked(name, oracle, crm_settings) for name in OF_CUSTOMERS]
            read = [(await answer(session, ask, basis)).exact for ask in asks]
            # so far rows were read; from here on what is summed of them
            while await sum_some(session):
                pass
            assert read == [(await answer(session, ask, basis)).exact for ask in asks]
            wrong = await differences(session, oracle, crm_settings)
            wrong += await other_cuts(session, oracle, crm_settings)
            wrong += await ledger_of(session, oracle, crm_settings)
            wrong += await of_the_days_to_come(session, oracle, crm_settings)
            assert not wrong
            await session.rollback()


async def merge(session: AsyncSession, fact: str, *, revision: int) -> None:
    """Let two companies be one, or two again, as contacts says it."""
    data = {"survivor_id": str(SURVIVOR), "loser_id": str(LOSER)}
    kind = f"crm.contacts.company.{fact}.v1"
    await aliases.keep(
        session, [envelope(kind, data, subject=LOSER, revision=revision, at=moment("2026-04-01"))]
    )


async def differences(
    session: AsyncSession, oracle: Oracle, crm_settings: Settings
) -> list[tuple[Any, ...]]:
    wrong: list[tuple[Any, ...]] = []
    for name, expected in recounted(oracle).items():
        ask = asked(name, oracle, crm_settings)
        told = await answer(session, ask, Basis(crm_settings.zone, "UAH"))
        if not near(told.exact.value, expected):
            wrong.append((name, told.exact, expected))
        if ask.metric.additive and told.exact.value is not None:
            assert await facts_behind(session, ask) == told.exact.n, name
    return wrong


async def keys_of(session: AsyncSession, ask: Ask, basis: Basis) -> dict[str | None, Decimal]:
    told = await answer(session, ask, basis)
    return {
        None if one.key is None else str(one.key): value
        for one in told.breakdown
        if (value := Decimal(one.shown.value or 0))
    }


def same(told: dict[Any, Decimal], expected: dict[Any, Decimal]) -> bool:
    wanted = {None if key is None else str(key): one for key, one in expected.items() if one}
    known = {key for key, one in {**told, **wanted}.items() if abs(one) > Decimal("0.02")}
    return all(near(told.get(key, Decimal(0)), wanted.get(key, Decimal(0))) for key in known)


async def other_cuts(
    session: AsyncSession, oracle: Oracle, crm_settings: Settings
) -> list[tuple[Any, ...]]:
    """Every key of what can be cut; and what a team and its seller see is theirs."""
    sales, work, clients = Sales(oracle), Work(oracle), Clients(oracle)
    basis = Basis(crm_settings.zone, "UAH")
    cuts = [
        (name, Dimension(by), sums)
        for names, of in ((CUT_DEALS, sales), (CUT_WORK, work))
        for name in names
        for by, sums in of.cut(name).items()
    ]
    cuts += [
        ("sales_volume", Dimension.PRODUCT, sales.products()),
        ("seller_contribution", Dimension.OWNER, oracle.credited()),
        ("gross_profit", Dimension.OWNER, oracle.credited(profit=True)),
        *(
            (f"channel_share:{model}", Dimension.CHANNEL, in_percent(sales.brought(model)))
            for model in ("first", "last", "linear")
        ),
    ]
    wrong: list[tuple[Any, ...]] = []
    for name, by, expected in cuts:
        ask = asked(name, oracle, crm_settings, by=by)
        told = await keys_of(session, ask, basis)
        if not same(told, expected):
            wrong.append((name, by, told, expected))
    return wrong + await seen_by_others(session, oracle, crm_settings) + [
        ("classes", told, expected)
        for told, expected in [await groups(session, clients, crm_settings)]
        if told != expected
    ]  # fmt: skip


def in_percent(sums: dict[Any, Decimal]) -> dict[Any, Decimal]:
    whole = sum(sums.values(), Decimal(0))
    return {key: one * 100 / whole for key, one in sums.items()} if whole else {}


async def groups(
    session: AsyncSession, clients: Clients, crm_settings: Settings
) -> tuple[dict[str, Any], dict[str, Any]]:
    """K14, K53, K8: the classes, the moves between them, and the ways through the stages."""
    facts, basis = clients.facts, Basis(crm_settings.zone, "UAH")
    expected: dict[str, Any] = dict(count(clients.classes(clients.end).values()))
    expected |= clients.moves()
    told: dict[str, Any] = {}
    by_profit = asked("customer_classes:gross_profit", facts, crm_settings)
    groups = (await answer(session, by_profit, basis)).breakdown
    told |= {f"by profit {one.key}": one.shown.n for one in groups}
    sold = clients.classes(clients.end)
    # who sold nothing of known costs within the year is in no group by profit
    gained = {who: name for who, name in clients.classes(clients.end, profit=True).items()
              if name != "N"}  # fmt: skip
    rest = {who: "N" if name == "N" else "unknown" for who, name in sold.items()}
    groups_of = Counter({**rest, **gained}.values())
    expected |= {f"by profit {name}": n for name, n in groups_of.items()}
    for name in ("customer_classes", "class_moves"):
        result = await answer(
            session,
            asked(name, facts, crm_settings, by=Dimension.KIND)
            if name == "class_moves"
            else asked(name, facts, crm_settings),
            basis,
        )
        told |= {str(one.key): one.shown.n if name == "customer_classes" else
                 int(one.shown.numerator or 0) for one in result.breakdown}  # fmt: skip
    for way in ("any", "strict"):
        ask = asked(f"funnel:{way}", facts, crm_settings, by=Dimension.STAGE)
        for one in (await answer(session, ask, basis)).breakdown:
            entered = [one.shown.details[name] for name in ("entered", "passed", "dropped")]
            told[f"{way} {one.key}"] = tuple(int(number or 0) for number in entered)
        stages = Sales(facts).funnel(strict=way == "strict")
        expected |= {f"{way} {stage}": numbers for stage, numbers in stages.items()}
    return tuple(
        {key: one for key, one in found.items() if one and any(numbers(one))}
        for found in (told, expected)
    )  # type: ignore[return-value]


def numbers(one: Any) -> tuple[int, ...]:
    return one if isinstance(one, tuple) else (one,)


def count(names: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in names:
        found[name] = found.get(name, 0) + 1
    return found


async def seen_by_others(
    session: AsyncSession, oracle: Oracle, crm_settings: Settings
) -> list[tuple[Any, ...]]:
    """G18: a seller is told of his own, a head of the team's; and a filter is a cut."""
    wrong: list[tuple[Any, ...]] = []
    basis = Basis(crm_settings.zone, "UAH")
    own = Access(Actor(PETRO, Role.SELLER), Scope.OWN)
    team = Access(Actor(new_id(), Role.HEAD, frozenset({LVIV_TEAM})), Scope.TEAM)
    narrowed: tuple[tuple[dict[str, Any], str, Any], ...] = (
        ({"access": own}, "owner", PETRO),
        ({"access": team}, "team", LVIV_TEAM),
        ({"where": Comparison("owner_id", "eq", PETRO)}, "owner", PETRO),
        ({"where": Comparison("channel", "eq", "web")}, "channel", "web"),
    )
    for name in CUT_DEALS:
        cut = Sales(oracle).cut(name)
        for how, by, key in narrowed:
            ask = asked(name, oracle, crm_settings, **how)
            told = (await answer(session, ask, basis)).exact.value or Decimal(0)
            expected = cut[by].get(str(key), Decimal(0))
            if not near(told, expected):
                wrong.append((name, str(how)[:60], told, expected))
    return wrong


async def ledger_of(
    session: AsyncSession, oracle: Oracle, crm_settings: Settings
) -> list[tuple[Any, ...]]:
    """G11, K2, K63: a ledger keeps each win on its day and books what became of it later."""
    wrong: list[tuple[Any, ...]] = []
    for name, expected in Sales(oracle).booked().items():
        ask = asked(name, oracle, crm_settings, outcome="ledger")
        told = (await answer(session, ask, Basis(crm_settings.zone, "UAH"))).exact.value
        if not near(told if expected is None else told or Decimal(0), expected):
            wrong.append(("ledger", name, told, expected))
    return wrong


async def of_the_days_to_come(
    session: AsyncSession, oracle: Oracle, crm_settings: Settings
) -> list[tuple[Any, ...]]:
    """K25: a time that is not over, and one that has not begun."""
    wrong: list[tuple[Any, ...]] = []
    for before, after in ((10, 15), (-2, 12)):
        ahead = Oracle(oracle.world, TODAY - timedelta(days=before), TODAY + timedelta(days=after))
        ahead.merged = oracle.merged
        figures = {**Sales(ahead).figures(), **Clients(ahead).figures()}
        figures["new_customers"] = ahead.buyers()["new_customers"] if before > 0 else None
        for name in AHEAD:
            ask = asked(name, ahead, crm_settings)
            told = (await answer(session, ask, Basis(crm_settings.zone, "UAH"))).exact
            if not near(told.value, figures[name]):
                wrong.append(("ahead", before, name, told, figures[name]))
    return wrong


def asked(name: str, oracle: Oracle, crm_settings: Settings, by: Dimension | None = None,
          access: Access | None = None, outcome: Any = "restate",
          where: Comparison | None = None) -> Ask:  # fmt: skip
    metric, _, variant = name.partition(":")
    access = access or Access(Actor(new_id(), Role.ADMIN), Scope.ALL)
    around = Around(access, NOW, crm_settings.zone, "UAH")
    told = Parameters(oracle.start, oracle.end, by=by, variant=variant or None, outcome=outcome)
    return ask_of(CATALOGUE[metric], told, And((where,) if where else ()), around)


async def facts_behind(session: AsyncSession, ask: Ask) -> int:
    rows = facts_statement(ask).subquery()
    return int(await session.scalar(select(func.coalesce(func.sum(rows.c.n), 0))) or 0)
