"""E10, E11, E12, E13, E14 and E20: live from facts, against a second calculation from the formulas.

The second one is written from the acceptance list with nothing but loops; they share no code.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import ceil
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from crm_reporting.effect.rules.balance import Spending, balance, sentence
from crm_reporting.effect.rules.components import Component
from crm_reporting.effect.rules.crediting import Weight, credit
from crm_reporting.effect.rules.exact import of
from crm_reporting.effect.rules.facts import Bill, Call, Facts, Promise, Sale
from crm_reporting.effect.rules.investing import Cost, Item
from crm_reporting.effect.rules.living import Known, Post, measure
from crm_reporting.inputs.rules.spreading import Span
from crm_shared.working_time import read_calendar

ZONE = ZoneInfo("Europe/Kyiv")
CALENDAR = read_calendar(ZONE, (), ())
SPRING = Span(date(2026, 3, 1), date(2026, 5, 31))
TODAY = date(2026, 6, 30)
MARGIN = Fraction(3, 10)
BASELINES = {
    name: of(value)
    for name, value in {
        "managers": 3, "pay_fund": 60_000, "customers_per_manager": 2, "promise_loss_rate": 20,
        "lost_call_rate": 30, "call_sales_share": 50, "call_conversion": 10,
        "repeat_profit_per_client": 5, "bad_debt_rate": 4,
    }.items()
}  # fmt: skip
STAFF = [
    Post("seller", of(1), of(20_000), Span(date(2025, 1, 1), date(9999, 12, 31))),
    Post("seller", of("0.5"), of(8_000), Span(date(2026, 3, 10), date(9999, 12, 31))),
]

instants = st.integers(0, 150 * 24 * 60).map(
    lambda minute: datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=minute)
)
clients = st.sampled_from([UUID(int=n) for n in range(1, 6)])
deals = st.sampled_from([UUID(int=n) for n in range(100, 108)])
sums = st.none() | st.integers(0, 5000).map(Fraction)


@st.composite
def sales(draw: st.DrawFn) -> list[Sale]:
    found = []
    for number in range(draw(st.integers(0, 8))):
        created, outcome = draw(instants), draw(st.sampled_from(["won", "lost", "open"]))
        closed = created + timedelta(hours=draw(st.integers(0, 2000)))
        found.append(
            Sale(
                UUID(int=100 + number), draw(st.none() | clients), created.astimezone(ZONE).date(),
                closed if outcome == "won" else None, closed if outcome == "lost" else None,
                None if outcome == "open" else draw(sums),
            )
        )  # fmt: skip
    return found


promises = st.lists(
    st.builds(Promise, st.uuids(), instants, st.none() | instants, st.booleans(), deals), max_size=8
)
calls = st.lists(
    st.builds(
        Call, st.uuids(), instants, st.booleans(), st.booleans(), st.none() | clients,
        st.booleans(), st.none() | deals,
    ),
    max_size=10,
)  # fmt: skip
bills = st.lists(
    st.builds(
        Bill, st.dates(date(2026, 2, 1), date(2026, 6, 1)),
        st.none() | st.dates(date(2026, 3, 1), date(2026, 7, 1)),
        st.integers(1, 900).map(Fraction), st.integers(0, 1).map(Fraction),
    ),
    max_size=5,
)  # fmt: skip


def local(at: datetime | None) -> date | None:
    return at.astimezone(ZONE).date() if at else None


def in_spring(day: date | None) -> bool:
    return day is not None and date(2026, 3, 1) <= day < date(2026, 6, 1)


def by_hand(
    all_sales: Sequence[Sale], agreed: Sequence[Promise], rung: Sequence[Call], owed: Sequence[Bill]
) -> dict[str, Fraction | None]:
    """The formulas of E10–E13 once more; 1.5 people sell, spring has three months."""
    won = [s for s in all_sales if in_spring(local(s.won_at))]
    lost = [s for s in all_sales if in_spring(local(s.lost_at)) and broken_before(s, agreed)]
    return {
        "E10": hand_capacity(all_sales),
        "E11": hand_promises(agreed, lost, mean_profit(lost) or mean_profit(won)),
        "E12": hand_calls(rung, {s.id for s in lost}, mean_profit(won)),
        "E13": hand_repeats(all_sales, won, owed),
    }


def hand_capacity(all_sales: Sequence[Sale]) -> Fraction | None:
    working = set()
    for s in all_sales:
        ended = local(s.won_at or s.lost_at)
        still = s.created_on < date(2026, 6, 1) and (not ended or ended >= date(2026, 6, 1))
        if s.customer and (still or in_spring(local(s.won_at))):
            working.add(s.customer)
    if not working:
        return None
    now = Fraction(len(working)) / Fraction(3, 2)
    fewer = ceil(Fraction(len(working), 2)) - ceil(len(working) / now)
    return Fraction(20_000 * max(0, fewer))


def hand_promises(
    agreed: Sequence[Promise], lost: Sequence[Sale], worth: Fraction | None
) -> Fraction | None:
    due = [p for p in agreed if in_spring(local(p.due_at))]
    if not due or worth is None:
        return None
    return (Fraction(1, 5) - Fraction(len(lost), len(due))) * Fraction(len(due), 3) * worth


def hand_calls(rung: Sequence[Call], blamed: set[UUID], mean: Fraction | None) -> Fraction | None:
    rings = [c for c in rung if c.inbound and not c.is_repeat and in_spring(local(c.started_at))]
    if not rings or mean is None:
        return None
    lost = 0
    for call in rings:
        spoken = [o for o in rung if o.answered and o.client and o.client == call.client]
        made_good = any(
            call.started_at < o.started_at and worked_minutes(call.started_at, o.started_at) <= 60
            for o in spoken
        )
        lost += not call.answered and not made_good and call.deal not in blamed
    return (Fraction(3, 10) - Fraction(lost, len(rings))) * Fraction(len(rings), 60) * mean


def hand_repeats(
    all_sales: Sequence[Sale], won: Sequence[Sale], owed: Sequence[Bill]
) -> Fraction | None:
    year = (date(2025, 6, 1), date(2026, 6, 1))
    buyers = {
        s.customer for s in all_sales
        if s.customer and (sold := local(s.won_at)) and year[0] <= sold < year[1]
    }  # fmt: skip
    if not buyers:
        return None
    earned = Fraction(0)
    for s in won:
        earlier = [o for o in all_sales if o.customer == s.customer and o.won_at and s.won_at]
        if s.customer and any(o.won_at < s.won_at for o in earlier if o.won_at and s.won_at):
            earned += s.amount or 0
    billed = [b for b in owed if in_spring(b.issued_on)]
    total = sum((b.total for b in billed), Fraction(0))
    bad = sum((b.owed for b in billed if b.due_on and b.due_on < date(2026, 5, 31)), Fraction(0))
    fewer_bad = (Fraction(4, 100) - bad / total) * earned / 3 if total else 0
    return earned / 10 - 5 * len(buyers) + fewer_bad


def broken_before(sale: Sale, agreed: Sequence[Promise]) -> bool:
    own = [p for p in agreed if p.deal == sale.id]
    end = sale.lost_at
    if end is None:
        return False
    broken = sorted(p.due_at for p in own if p.missed and p.due_at <= end)
    if not broken or end - broken[-1] > timedelta(days=30):
        return False
    return not any(p.kept_at and broken[-1] < p.kept_at <= end for p in own)


def mean_profit(some: Sequence[Sale]) -> Fraction | None:
    known = [s.amount for s in some if s.amount is not None]
    return sum(known, Fraction(0)) * 3 / 10 / len(known) if known else None


def worked_minutes(start: datetime, end: datetime) -> Fraction:
    """Minutes of office hours between two instants, minute by minute."""
    seconds, day = 0.0, start.astimezone(ZONE).date()
    while day <= end.astimezone(ZONE).date() and seconds <= 3600:
        for a, b in CALENDAR.spans_on(day):
            seconds += max(0.0, (min(b, end) - max(a, start)).total_seconds())
        day += timedelta(days=1)
    return Fraction(seconds) / 60


@settings(max_examples=150, deadline=None)
@given(sales(), promises, calls, bills)
def test_two_calculations_agree_on_any_history(
    all_sales: list[Sale], agreed: list[Promise], rung: list[Call], owed: list[Bill]
) -> None:
    """E10, E11, E12 and E13: exactly, to the last fraction."""
    facts = Facts(tuple(all_sales), tuple(agreed), tuple(rung), tuple(owed), ZONE, CALENDAR)
    known = Known(date(2026, 3, 1), MARGIN, BASELINES, staff=STAFF, script_coverage=of(1))
    found = {each.id: each.value for each in measure(facts, known, SPRING, TODAY)}
    expected = by_hand(all_sales, agreed, rung, owed)
    assert {name: found[name] for name in expected} == expected
    # one half-time seller was hired since, at 16 000 instead of 20 000
    assert found["E14"] == 2000


@given(
    st.lists(st.tuples(st.integers(-500, 3000), st.booleans()), min_size=1, max_size=8),
    st.integers(0, 9000), st.integers(0, 400),
)  # fmt: skip
def test_months_add_up_to_what_was_brought_and_cost(
    drawn: list[tuple[int, bool]], invested: int, monthly: int
) -> None:
    """E16 and E20: brought = realised + assumed; the day of payback is where the sums cross."""
    weight = {"E13": Weight(of(1), of(1), "all of it")}
    months, first = [], date(2026, 1, 1)
    for value, sure in drawn:
        after = (first + timedelta(days=32)).replace(day=1)
        part = Component("E13", Fraction(value), realised=Fraction(value if sure else 0))
        months.append((Span(first, after - timedelta(days=1)), credit([part], weight)))
        first = after
    start = date(2026, 1, 1)
    spending = [
        Spending(Item(Cost.LICENCE, "UAH"), Span(start, start), Fraction(invested)),
        Spending(
            Item(Cost.SUPPORT, "UAH", is_monthly=True), Span(start, date(9999, 12, 31)),
            Fraction(monthly),
        ),
    ]  # fmt: skip
    found = balance(months, spending, planned=Fraction(1000))
    assert found.brought == sum(value for value, _ in drawn)
    assert found.assumed == sum(value for value, sure in drawn if not sure)
    assert found.cost == invested + monthly * len(drawn)
    assert found.lines[-1].planned == 1000 * len(drawn)
    left, crossed = -Fraction(invested), None
    for number, (value, sure) in enumerate(drawn):
        left -= monthly
        gain = Fraction(value if sure else 0)
        if crossed is None and left + gain >= 0:
            crossed = number + (-left / gain if left < 0 else 0)
        left += gain
    if not invested and not monthly:
        crossed = Fraction(0)
    assert found.payback.months == crossed
    said = sentence(found, "en", start=start, currency="UAH", told=True)
    assert ("has not paid back" in said) is (crossed is None)


def test_the_answer_is_one_sentence_in_three_languages() -> None:
    """E20: since when, brought, cost, paid back, assumed."""
    weight = {"E13": Weight(of(1), of(1), "all of it")}
    month = Span(date(2026, 3, 1), date(2026, 3, 31))
    half = credit([Component("E13", of(20_000), realised=of(16_000))], weight)
    spent = Spending(Item(Cost.LICENCE, "UAH"), Span(month.first, month.first), of(8000))
    found = balance([(month, half)], [spent])
    said = {
        language: sentence(found, language, start=month.first, currency="UAH", told=True)
        for language in ("en", "uk", "ru")
    }
    assert said["en"].replace("\u00a0", " ") == (
        "Since 2026-03-01 the CRM brought 20 000.00 UAH, cost 8 000.00 UAH, paid back on "
        "2026-03-17; of 20 000.00 UAH, 4 000.00 UAH is assumed."
    )
    assert said["uk"].startswith("З 01.03.2026 CRM принесла 20\u00a0000.00\u00a0UAH")
    assert "окупилась 17.03.2026" in said["ru"]
