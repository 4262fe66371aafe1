"""Customers: each formula on an example worked out by hand."""

from datetime import date
from decimal import Decimal
from typing import Any

from crm_reporting.metrics.rules.classes import by_profit, class_figure, classes
from crm_reporting.metrics.rules.customers import (
    Buyer,
    active_customers,
    customer_life,
    income_per_customer,
    new_customers,
    pareto,
    purchase_interval,
    repeat_sales,
    repeat_share,
    retention,
)
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.testing import named

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))


def buyer(name: str, first: date, last: date, **told: Any) -> Buyer:
    """Somebody who bought once for nothing in the period, unless told otherwise."""
    amount = Decimal(told.pop("amount", 0))
    one = Buyer(named(name), first, last, None, 1, 1, 1, amount, amount, Decimal(0))
    return one._replace(**told)


MARCH, JUNE = date(2026, 3, 1), date(2025, 6, 1)
NEW = buyer("new", MARCH, MARCH, amount=100, first_amount=100)
# on 3 days: 1 June 2025, 1 June 2026, 11 June 2026
KEPT = buyer("kept", JUNE, date(2026, 6, 11), last_before=JUNE, days=3, sales=3, now=2)
KEPT = KEPT._replace(amount=Decimal(500), first_amount=Decimal(40))
JULY = date(2025, 7, 1)
LEFT = buyer("left", date(2025, 1, 1), JULY, last_before=JULY, days=2, sales=2, now=0)
LONG_AGO = date(2023, 1, 1)
BACK = buyer("back", LONG_AGO, date(2026, 12, 1), last_before=LONG_AGO, days=2, sales=2, now=1)
BACK = BACK._replace(amount=Decimal(50), first_amount=Decimal(10))
ALL = [NEW, KEPT, LEFT, BACK]


class TestBase:
    """K49, K50, K52, K53, G14: who came, stayed, left and came back."""

    def test_is_counted(self) -> None:
        new = new_customers(ALL, YEAR)

        assert (new.value, new.details) == (
            Decimal(1),
            {"reactivated": 1, "churned": 1, "net_growth": 1},
        )
        assert active_customers(ALL, YEAR).value == 3
        kept = retention(ALL, YEAR)
        assert [kept.value, kept.numerator, kept.denominator] == [50, 1, 2]
        # whoever bought nothing in a month may still come: the window since June is not over
        month = Period(date(2026, 2, 1), date(2026, 3, 1))
        waiting = KEPT._replace(last=JUNE, now=0)
        assert retention([waiting, KEPT], month).details == {"churned": 0, "undetermined": 1}

    def test_lives_until_it_leaves(self) -> None:
        life = customer_life(ALL, YEAR)

        assert (life.n, round(life.value or 0, 2)) == (1, Decimal("5.95"))
        assert round(Decimal(life.details["expected_months"] or 0), 1) == Decimal("24.0")
        assert customer_life([NEW], YEAR).value is None
        assert customer_life([NEW], YEAR).details["expected_months"] is None

    def test_is_nothing_without_anybody(self) -> None:
        assert new_customers([], YEAR).value == 0
        assert retention([], YEAR).value is None
        assert purchase_interval([], YEAR).value is None
        assert income_per_customer([], YEAR).value is None


class TestRepeats:
    """K15, K31, K51: who bought again, how often, for how much."""

    def test_leave_out_the_first_sale(self) -> None:
        repeats = repeat_sales(ALL, YEAR)

        assert [repeats.value, repeats.details["amount"]] == [3, 550]
        assert repeat_share("orders")(ALL, YEAR).value == 75
        assert round(repeat_share("customers")(ALL, YEAR).value or 0, 2) == Decimal("66.67")
        assert round(repeat_share("revenue")(ALL, YEAR).value or 0, 2) == Decimal("84.62")

    def test_have_a_rhythm(self) -> None:
        rhythm = purchase_interval([NEW, KEPT, LEFT], YEAR)

        assert (rhythm.value, rhythm.n) == (Decimal("184.25"), 2)
        assert rhythm.details == {"median": Decimal("184.25"), "bought_once": 1}


class TestClasses:
    """K14, K16, K55: who brings how much of the whole."""

    def test_go_by_the_share_before_a_customer(self) -> None:
        known = [
            buyer(str(n), date(2026, 1, 1), date(2026, 2, 1), amount=amount)
            for n, amount in enumerate((80, 10, 6, 4, 0, -1))
        ]
        known.append(buyer("long ago", date(2024, 1, 1), date(2024, 2, 1), amount=0))

        found = {name: len(members) for name, members in classes(known, YEAR).items()}

        # who bought for nothing, or for less, has bought all the same
        assert found == {"A": 1, "B": 2, "C": 3, "N": 1}
        assert {name for name, members in classes(known[:1], YEAR).items() if members} == {"A"}
        a = class_figure(classes(known, YEAR)["A"], known[:5], YEAR)
        assert [a.value, a.details["average_amount"], a.coverage] == [1, 80, Decimal("0.2")]

    def test_tie_by_the_earlier_first_purchase(self) -> None:
        late = buyer("late", date(2026, 5, 1), date(2026, 5, 1), amount=50)
        early = buyer("early", date(2026, 1, 1), date(2026, 1, 1), amount=50)
        whale = buyer("whale", date(2026, 1, 1), date(2026, 1, 1), amount=350)

        found = classes([late, early, whale], YEAR)

        assert (found["A"], found["B"]) == ([whale, early], [late])

    def test_have_the_bounds_that_are_asked_for(self) -> None:
        known = [
            buyer(str(n), date(2026, 1, 1), date(2026, 2, 1), amount=amount)
            for n, amount in enumerate((50, 30, 20))
        ]

        for until, sizes in (((50, 80), [1, 1, 1]), ((51, 81), [2, 1, 0]), ((81, 82), [3, 0, 0])):
            found = classes(known, YEAR, (Decimal(until[0]), Decimal(until[1])))
            assert [len(found[name]) for name in "ABC"] == sizes, until

    def test_by_profit_leave_whoever_bought_at_unknown_costs_apart(self) -> None:
        day = date(2026, 2, 1)
        rich, dear, unknown = (buyer(name, day, day, amount=100) for name in ("r", "d", "u"))
        gone = buyer("gone", date(2023, 1, 1), date(2023, 1, 1))
        profits = [rich._replace(lately=Decimal(90)), dear._replace(lately=Decimal(-5))]

        found = by_profit([rich, dear, unknown, gone], profits, YEAR, (Decimal(80), Decimal(95)))

        assert {name: [one.customer for one in group] for name, group in found.items()} == {
            "A": [rich.customer], "B": [], "C": [dear.customer], "N": [gone.customer],
            "unknown": [unknown.customer],
        }  # fmt: skip
        # what a group bought is told of its sales, whatever put its members into it
        assert class_figure(found["C"], [rich, dear], YEAR).details["average_amount"] == 100

    def test_show_how_few_bring_most(self) -> None:
        known = [
            buyer(str(n), date(2026, 1, 1), date(2026, 2, 1), amount=amount)
            for n, amount in enumerate((70, 15, 10, 5, 0))
        ]

        told = pareto(known, YEAR)

        assert [told.value, told.details["customers"]] == [40, 2]
        assert told.details["top_fifth_percent"] == 70
        assert pareto([buyer("x", date(2026, 1, 1), date(2026, 1, 1))], YEAR).value is None
