"""The measured effect recomputed apart: plain Python over raw events, on random histories."""

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from recount_effect import DECLARED, Effect, Part
from recount_staff import Figure, Inputs, Row
from recounted import RATES, World
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession
from typed_rows import OLENA, PETRO, spanned, stored

from crm_reporting.consumers.streams import keep
from crm_reporting.effect.rules.answers import Measured, Question
from crm_reporting.effect.rules.components import Component
from crm_reporting.effect.use_cases import measure_effect
from crm_reporting.inputs.use_cases import (
    INVESTMENT,
    STAFF,
    enter,
    record_baseline,
    replace,
    set_up_effect,
    withdraw,
)
from crm_reporting.rates.use_cases import RateOf, set_rates
from crm_reporting.rebuilds.use_cases import Basis
from crm_reporting.settings import Settings
from crm_reporting.testing import DealStory, Story, SubjectStory, moment, named
from crm_shared.actor import Access, Actor, Role, Scope
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import ALIASES
from crm_shared.ids import new_id
from crm_shared.testing.events import announced

BEGIN, NOW = moment("2026-01-12 07:30"), moment("2026-04-20 10:00")
SILPO, FOZZY, NOVUS, IVAN = (str(named(name)) for name in ("Silpo", "Fozzy", "Novus", "Ivan"))
BEFORE = {
    "managers": ["2", "5"], "pay_fund": ["50000", "90000.5"], "sales_volume": ["100", "9000"],
    "customers_per_manager": ["0.5", "1", "3"], "promise_loss_rate": ["0", "40", "75"],
    "claims_per_promise": ["0", "12.5"], "lost_call_rate": ["30", "80"],
    "call_sales_share": ["50"], "call_conversion": ["20", "35"], "bad_debt_rate": ["0", "30"],
    "repeat_profit_per_client": ["3", "20"], "won_deals": ["2", "9"], "win_rate": ["40"],
    "lead_response_time": ["900", "90000"],
}  # fmt: skip
MONEY = {"pay_fund", "sales_volume", "claims_per_promise", "repeat_profit_per_client"}
DEALS = ["deal-0", "deal-1", "deal-2", "deal-3", "deal-4", "deal-5"]


def who(luck: random.Random) -> dict[str, Any]:
    return {
        "company_id": luck.choice([SILPO, FOZZY, NOVUS, None]),
        "contact_id": luck.choice([IVAN, None]), "owner_id": luck.choice([OLENA, PETRO]),
    }  # fmt: skip


def deal(name: str, luck: random.Random) -> Story:
    at = BEGIN + timedelta(days=luck.uniform(0, 85) - luck.choice([0, 0, 0, 330]))
    found = DealStory(
        name, at=at, currency=luck.choice(["UAH", "UAH", "EUR"]),
        amount=luck.choice(["4000", "900.5", None]), **who(luck),
    )  # fmt: skip
    for _ in range(luck.randrange(4)):
        when = found.at + timedelta(days=luck.expovariate(0.1), seconds=1)
        stage = luck.choice(["Won", "Won", "Lost", "Lost", "Proposal", "void"])
        if stage != "void":
            found.move(stage, at=when)
        elif luck.random() < 0.3:
            found.update(at=when, is_void=True)
    if name in DEALS and luck.random() < 0.7:
        found.move("Lost", at=found.at + timedelta(days=luck.uniform(1, 30)))
    return found


def promise(name: str, luck: random.Random) -> Story:
    """Given for a moment, put off, kept, missed, taken up again after all, called off."""
    at = BEGIN + timedelta(days=luck.uniform(0, 80))
    due = at + timedelta(days=luck.uniform(1, 9))
    found = SubjectStory(
        "activity", name, at=at, is_promise=luck.random() < 0.9, due_at=due, agreed_at=due,
        deal_id=str(named(luck.choice(DEALS))) if luck.random() < 0.9 else None, **who(luck),
    )  # fmt: skip
    for _ in range(luck.randrange(4)):
        when = max(found.at, due) + timedelta(days=luck.expovariate(0.5), seconds=1)
        told: dict[str, dict[str, Any]] = {
            "completed": {"status": "done", "completed_at": when},
            "missed": {"status": "missed", "missed_at": when},
            "cancelled": {"status": "cancelled"},
            "reopened": {"status": "planned", "completed_at": None, "missed_at": None},
        }
        verb = luck.choice(["missed", "missed", "missed", "completed", "reopened", "cancelled"])
        found.say(verb, at=when, **told[verb])
        if verb == "reopened" and luck.random() < 0.5:
            due = when + timedelta(days=luck.uniform(1, 5))
            found.say("updated", at=when, agreed_at=due, due_at=due)
    return found


def call(name: str, luck: random.Random) -> Story:
    at = BEGIN + timedelta(days=luck.uniform(0, 90))
    return SubjectStory(
        "call", name, "logged", at=at, started_at=at, is_internal=luck.random() < 0.1,
        direction=luck.choice(["inbound", "inbound", "outbound"]),
        answered=luck.choice([True, False, False, False, None]),
        repeats_call_id=str(named("x")) if luck.random() < 0.1 else None,
        deal_id=str(named(luck.choice(DEALS))) if luck.random() < 0.5 else None, **who(luck),
    )  # fmt: skip


def answered(name: str, luck: random.Random, missed: Story) -> Story:
    """Somebody rings back, in time or not."""
    at = missed.at + timedelta(minutes=luck.choice([1, 45, 60, 61, 1200]))
    told = {"company_id": missed.facts["company_id"], "contact_id": missed.facts["contact_id"]}
    if told["company_id"] in (SILPO, FOZZY):
        told["company_id"] = luck.choice([SILPO, FOZZY])
    return SubjectStory("call", name, "logged", at=at, started_at=at, direction="outbound", **told)


def invoice(name: str, luck: random.Random) -> Story:
    at = BEGIN + timedelta(days=luck.uniform(0, 60))
    day = at.date()
    found = SubjectStory(
        "invoice",
        name,
        "issued",
        at=at,
        issue_date=day,
        currency=luck.choice(["UAH", "UAH", "EUR"]),
        due_date=luck.choice([None, *(day + timedelta(days=luck.randrange(40)) for _ in "ab")]),
        kind=luck.choice(["invoice", "invoice", "invoice", "credit_note"]),
    )
    for verb, told in (
        ("paid", {"status": "paid", "due": "0.0000", "paid_on": day}),
        ("updated", {"status": "partly_paid", "due": "20.0000"}),
        ("updated", {"is_disputed": True}), ("voided", {"status": "void"}),
    ):  # fmt: skip
        if luck.random() < 0.2:
            found.say(verb, days=luck.uniform(0.1, 9), **told)
    return found


def claim(name: str, luck: random.Random) -> Story:
    at = BEGIN + timedelta(days=luck.uniform(0, 80))
    found = SubjectStory(
        "claim", name, "recorded", at=at, claimed_on=at.date(),
        kind=luck.choice(["complaint", "breach_by_us", "breach_by_customer"]),
        amount=luck.choice(["70.0000", None]), currency=luck.choice(["UAH", "EUR"]),
    )  # fmt: skip
    if luck.random() < 0.3:
        found.say("resolved", days=2, status="rejected")
    return found


def lead(name: str, luck: random.Random) -> Story:
    at = BEGIN + timedelta(days=luck.uniform(0, 80))
    found = SubjectStory("lead", name, at=at)
    if luck.random() < 0.7:
        when = at + timedelta(minutes=luck.randrange(5000))
        found.say("responded", at=when, status="working", first_responded_at=when)
    return found


MAKERS: list[tuple[Callable[[str, random.Random], Story], int]] = [
    (promise, 30), (call, 16), (invoice, 14), (claim, 4), (lead, 4),
]  # fmt: skip


def history(luck: random.Random) -> tuple[list[Any], list[Any]]:
    """What is told, and what is told late: of a subject the rest of its life."""
    stories = [deal(name, luck) for name in DEALS]
    stories += [deal(f"d{n}", luck) for n in range(luck.randrange(14))]
    stories += [make(f"{n}", luck) for make, most in MAKERS for n in range(luck.randrange(most))]
    missed = [one for one in stories if isinstance(one, SubjectStory) and one.noun == "call"]
    stories += [answered(f"b{n}", luck, one) for n, one in enumerate(missed) if luck.random() < 0.4]
    told = [event for one in stories for event in one.events if event.time < NOW]
    luck.shuffle(told)
    until = {one.subject: luck.choice([99, 99, 99, luck.randrange(1, 4)]) for one in told}
    early = [one for one in told if one.revision <= until[one.subject]]
    return early, [one for one in told if one.revision > until[one.subject]]


def post(luck: random.Random) -> Row:
    found = spanned(luck)
    return {
        "role": luck.choice(["seller", "seller", "service"]), "team_id": None, "note": None,
        "user_id": luck.choice([OLENA, PETRO, None]), "pay": Decimal(luck.randrange(9000, 40_000)),
        "fte": Decimal(luck.choice(["1", "1", "0.5"])),
        "currency": luck.choice(["UAH", "UAH", "UAH", "EUR"]),
        "starts_on": date(2026, 1, 1) + timedelta(days=luck.randrange(-60, 100)),
        "ends_on": luck.choice([None, None, found["ends_on"] + timedelta(days=120)]),
    }  # fmt: skip


def investment(luck: random.Random) -> Row:
    way: Row = {"amount": Decimal(luck.randrange(1, 6000))}
    if luck.random() < 0.15:
        way = {"hours": Decimal(8), "rate": luck.choice([None, Decimal(50)])}
    starts = date(2026, 1, 1) + timedelta(days=luck.randrange(-60, 110))
    monthly = luck.random() < 0.4 and "amount" in way
    return {
        "kind": "licence", "is_monthly": monthly, "amount": None, "hours": None, "rate": None,
        "users": None, "price": None, "currency": luck.choice([*("UAH",) * 8, "EUR"]), "note": None,
        "starts_on": starts, **way,
        "ends_on": starts + timedelta(days=luck.randrange(90)) if luck.random() < 0.5 else None,
    }  # fmt: skip


def typed(luck: random.Random) -> Inputs:
    found = Inputs(staff=[post(luck) for _ in range(luck.randrange(12))])
    for name, values in BEFORE.items():
        if luck.random() < 0.93:
            found.baselines.append({
                "metric": name, "team_id": None, "starts_on": date(2025, 3, 1), "months": {},
                "ends_on": luck.choice([date(2025, 3, 31), date(2025, 5, 17)]), "note": None,
                "value": Decimal(luck.choice(values)), "working_days": None,
                "source": luck.choice(["typed", "typed", "sampled"]),
                "currency": luck.choice(["UAH"] * 9 + ["USD"]) if name in MONEY else None,
            })  # fmt: skip
    return found


def set_up(luck: random.Random) -> Row:
    def weight() -> dict[str, str]:
        return {"share": luck.choice(["1", "0.5", "0.25"]), "argument": "counted",
                "confidence": luck.choice(["1", "0.8", "0.3"])}  # fmt: skip

    return {
        "starts_on": date(2026, 1, 1) + timedelta(days=luck.choice([0, 14, 31, 70])),
        "currency": "UAH", "margin": Decimal(luck.choice(["30", "12.5"])),
        "script_coverage": luck.choice([None, Decimal("79.9"), *(Decimal(80), Decimal(95)) * 2]),
        "price_index": luck.choice([None, Decimal("1.1")]), "planned_benefit": None,
        "weights": {one: weight() for one in ("E10", "E11", "E12", "E13", "E14", "E15", "E19")
                    if luck.random() < 0.85},
        "declared": [
            {"component": luck.choice(["E15", "E19"]), "metric": name, "argument": "said",
             "money_per_unit": luck.choice(["3", "0.05"]), "owner_id": OLENA,
             "fewer_is_better": name == "lead_response_time", "is_realised": luck.random() < 0.7}
            for name in DECLARED if luck.random() < 0.6
        ],
    }  # fmt: skip


Changed = list[tuple[Row, Row | None]]  # each as it was entered, and as it is now


def changed(
    rows: Sequence[Row], make: Callable[[random.Random], Row], luck: random.Random
) -> Changed:
    """Rows that are; some were another first, and some that were are taken back."""
    found: Changed = [(make(luck) if luck.random() < 0.3 else row, row) for row in rows]
    return [*found, (make(luck), None)]


def of_then(rows: Changed) -> list[Row]:
    """What was told of them then; of pay, which no event tells, what it is now."""
    return [
        then | ({"pay": now["pay"]} if now and "pay" in now else {}) for then, now in rows
    ]  # fmt: skip


async def enter_all(session: AsyncSession, told: Effect, rows: dict[str, Changed]) -> list[Any]:
    """Everything as it was first."""
    await set_rates(session, [RateOf("EUR", "UAH", on, rate) for on, rate in RATES.items()])
    into = {"survivor_id": UUID(SILPO), "into_id": UUID(SILPO), "revision": 1}
    await session.execute(insert(ALIASES), {"kind": "company", "loser_id": UUID(FOZZY), **into})
    await set_up_effect(session, told.setup)
    actor = Actor(new_id(), Role.ADMIN)
    for row in told.inputs.baselines:
        await record_baseline(session, actor, row)
    return [
        (noun, await enter(session, noun, stored(then)), now)
        for noun, known in ((STAFF, rows["staff"]), (INVESTMENT, rows["investments"]))
        for then, now in known
    ]


async def change_all(session: AsyncSession, entered: list[Any]) -> None:
    for noun, one, now in entered:
        if now is None:
            await withdraw(session, noun, one, expected=None)
        else:
            await replace(session, noun, one, stored(now), expected=None)


Wrong = tuple[Any, ...]


def differ(told: Effect, found: Measured, first: date) -> list[Wrong]:
    """Return what of an answer is not what the rows make of events and inputs."""
    parts = told.components(first, told.last)
    wrong: list[Wrong] = [
        (one.id, told_, one) for told_, one in zip(found.components, parts, strict=True)
        if not alike(told_, one)
    ]  # fmt: skip
    low, mid, high, money = told.total(parts)
    effect, growth = found.effect, told.growth(first, told.last)
    lines, back, assumed = told.balance()
    wrong += [
        (name, one, other)
        for name, one, other in (
            ("low", effect.total.low, low), ("mid", effect.total.mid, mid),
            ("high", effect.total.high, high), ("realised", effect.realised.mid, money),
            ("assumed", found.balance.assumed, assumed),
            *((f"month {n} {what}", getattr(line, what), sums[place])
              for n, (line, sums) in enumerate(zip(found.balance.lines, lines, strict=True))
              for place, what in enumerate(("brought", "realised", "cost"))),
        )
        if not near(one, other)
    ]  # fmt: skip
    same = (
        ("overlaps", {pair[:2] for pair in effect.overlaps}, told.overlaps(parts)),
        ("warnings", bool(effect.warnings), growth is not None and mid > growth),
        ("payback_day", found.balance.payback_day, back),
        ("untold", bool(found.balance.untold), told.untold()),
    )
    return wrong + [(name, one, other) for name, one, other in same if one != other]


def near(one: Fraction, other: Fraction) -> bool:
    """Alike: means of minutes are told as decimals."""
    return abs(one - other) < Fraction(1, 10**6)


def alike(found: Component, told: Part) -> bool:
    expected: Figure = told.value
    if found.value is None or isinstance(expected, str):
        return (found.value is None, found.reason, found.id) == (True, expected, told.id)
    is_same = near(found.value, expected) and near(found.realised, told.realised)
    return is_same and (found.id, found.is_estimate) == (told.id, told.is_estimate)


class TestTheEffect:
    """E10, E11, E12, E13, E14, E15, E16, E19, E20: twice, on random histories."""

    @settings(
        max_examples=12,
        deadline=None,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(seed=st.integers(0, 2**64))
    async def test_is_what_events_and_rows_make_of_it(
        self, worker_sessions: Sessions, crm_settings: Settings, seed: int
    ) -> None:
        luck = random.Random(seed)
        early, late = history(luck)
        told = Effect(
            World([*early, *late]), typed(luck), set_up(luck),
            date(2026, 4, 20) - timedelta(days=luck.choice([0, 0, 11, 20])),
            [investment(luck) for _ in range(luck.randrange(5))], {FOZZY: SILPO},
        )  # fmt: skip
        rows = {"staff": changed(told.inputs.staff, post, luck),
                "investments": changed(told.investments, investment, luck)}  # fmt: skip
        before = Effect(
            World(early), Inputs(staff=of_then(rows["staff"]), baselines=told.inputs.baselines),
            told.setup, told.last, of_then(rows["investments"]), told.merged,
        )  # fmt: skip
        start: date = told.setup["starts_on"]
        first = luck.choice([None, start + timedelta(days=luck.randrange(16))])
        access = Access(Actor(new_id(), Role.ADMIN), Scope.ALL)
        basis = Basis(crm_settings.zone, "UAH")
        async with worker_sessions() as session:
            entered = await enter_all(session, told, rows)
            first_told = await announced(session)
            await keep(session, [*early, *first_told])
            then = utc_now()
            await change_all(session, entered)
            fresh = (await announced(session))[len(first_told) :]
            await keep(session, [*(as_new(one) for one in late), *fresh])
            now = Question(first, told.last, utc_now())
            found = await measure_effect(session, access, basis, now)
            wrong = differ(told, found, first or start)
            async with session.begin_nested() as recalled:
                past = Question(first, told.last, then, is_past=True)
                found = await measure_effect(session, access, basis, past)
                wrong += [("as of", *one) for one in differ(before, found, first or start)]
                await recalled.rollback()
            assert not wrong
            await session.rollback()


def as_new(event: Any) -> Any:
    return event.model_copy(update={"recordedtime": utc_now()})
