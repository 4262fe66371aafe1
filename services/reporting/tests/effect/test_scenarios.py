"""E1, E2, E3, E4, E5, E6, E7, E8 and E9: the worked example to the hryvnia, and what bends it."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_reporting.effect.errors import EffectInputError
from crm_reporting.effect.rules import flows
from crm_reporting.effect.rules.chain import (
    FACTORS,
    Change,
    Changes,
    Kind,
    Mode,
    Situation,
    forecast,
)
from crm_reporting.effect.rules.decomposing import decompose
from crm_reporting.effect.rules.exact import discount, half_up, of
from crm_reporting.effect.rules.flows import Flow, Payback, Ramp, RampUp
from crm_reporting.effect.rules.scenarios import outcome, ranked
from crm_reporting.effect.schemas.program import WrongInputError, worked_out
from crm_reporting.effect.schemas.scenarios import ScenarioIn, own_currency

SITUATION = {
    "leads": "10000", "potential": "600", "completed": "400", "sales": "80000",
    "lead_conversion": "6", "deal_conversion": "66.7", "average_order": "200",
}  # fmt: skip
CHANGES = {
    "leads": {"value": "3"}, "lead_conversion": {"value": "7"},
    "deal_conversion": {"value": "5"}, "average_order": {"value": "7"},
}  # fmt: skip
ECONOMICS = {"currency": "UAH", "investment": "15000", "margins": ["30", "20", "10"]}
SEED = {"situation": SITUATION, "changes": CHANGES, "economics": ECONOMICS}
MONTH = Situation(of(10000), of(600), of(400), of(80000))


def tell(**changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(worked_out(json.dumps([SEED | changed])))[0]
    return found


class TestE1TheWorkedExample:
    def test_is_the_seed_to_the_hryvnia_in_both_modes(self) -> None:
        """E1, E2, E3, E4 and E6: every number of seed 002 and of issue 5."""
        exact, whole = tell(), tell(mode="whole_deals")
        assert exact["steps"] == {
            "leads": "10300", "potential_by_leads": "618", "potential": "661.26",
            "completed_by_potential": "440.84", "completed": "462.882",
            "sales_at_old_average": "92576.40", "sales": "99056.75",
        }  # fmt: skip
        assert whole["steps"] == {
            "leads": "10300", "potential_by_leads": "618", "potential": "661",
            "completed_by_potential": "441", "completed": "463",
            "sales_at_old_average": "92600.00", "sales": "99082.00",
        }  # fmt: skip
        assert (exact["mode"], whole["mode"]) == ("exact", "whole_deals")
        for told, growth, percent, months, days, margin, roi in (
            (exact, "19056.75", "23.82", "0.787", "23.61", "78.71", "27.04"),
            (whole, "19082.00", "23.85", "0.786", "23.58", "78.61", "27.21"),
        ):
            assert told["growth"]["value"] == growth
            assert told["growth_percent"]["value"] == percent
            payback = told["revenue"]["payback"]
            assert (payback["months"], payback["days"]) == (months, days)
            assert told["break_even_margin"]["value"] == margin
            assert told["revenue"]["first_month_roi"]["value"] == roi
            assert told["gross_profit"] is None
        assert [exact["revenue"]["roi"]["value"], whole["revenue"]["roi"]["value"]] == [
            "1424.54",
            "1426.56",
        ]
        assert [each["payback"]["months"] for each in whole["by_margin"]] == [
            "2.620", "3.930", "7.861",
        ]  # fmt: skip
        assert {each["factor"]: each["percent"] for each in exact["break_even"]} == {
            "leads": "-1.2182", "lead_conversion": "2.6179",
            "deal_conversion": "0.6999", "average_order": "2.6179",
        }  # fmt: skip
        assert [each["after"] for each in exact["factors"]] == ["10300", "6.42", "70", "214"]
        assert [each["after"] for each in whole["factors"]] == [
            "10300", "6.4175", "70.0454", "214",
        ]  # fmt: skip
        assert [each["credit_in_order"] for each in exact["factors"]] == [
            "2400.00", "5768.00", "4408.40", "6480.35",
        ]  # fmt: skip
        assert [each["credit_order_free"] for each in exact["factors"]] == [
            "2637.67", "6033.40", "4352.28", "6033.40",
        ]  # fmt: skip
        # one at a time they make 17600: 1456.75 comes of their meeting
        assert [each["credit_alone"] for each in exact["factors"]] == [
            "2400.00", "5600.00", "4000.00", "5600.00",
        ]  # fmt: skip

    def test_rounds_whole_deals_once_and_not_at_each_step(self) -> None:
        """E1: 500 potential and 300 completed deals tell the two rules apart: 347, not 348."""
        told = tell(
            mode="whole_deals",
            situation={"leads": "10000", "potential": "500", "completed": "300", "sales": "60000"},
        )
        assert told["steps"]["completed"] == "347"
        assert told["steps"]["sales"] == "74258.00"

    @pytest.mark.parametrize("typed", ["66.7", "66.67", "67"])
    def test_takes_a_typed_rate_that_the_computed_one_rounds_to(self, typed: str) -> None:
        """E1: 66.7 stands for 66.666…; the calculation goes on with the exact one."""
        assert (
            tell(situation=SITUATION | {"deal_conversion": typed})["steps"]["sales"] == "99056.75"
        )

    @pytest.mark.parametrize(
        ("typed", "off"), [("66.6", "-0.07"), ("66.60", "-0.07"), ("70", "3.33")]
    )
    def test_refuses_one_that_contradicts_and_tells_the_difference(
        self, typed: str, off: str
    ) -> None:
        """E1: c2 ≠ C/P is refused with the difference, never quietly mended."""
        with pytest.raises(WrongInputError, match=rf"deal_conversion.*66\.67.*{off}"):
            tell(situation=SITUATION | {"deal_conversion": typed})

    def test_takes_a_change_as_percent_as_points_or_as_the_new_value(self) -> None:
        """E1: +7 % of 6 %, +0.42 points and 6.42 % are the same; +7 points are not."""
        same = [
            tell(changes=CHANGES | {"lead_conversion": {"value": value, "kind": kind}})
            for value, kind in (("7", "relative"), ("0.42", "points"), ("6.42", "target"))
        ]
        assert {each["steps"]["sales"] for each in same} == {"99056.75"}
        more = tell(changes=CHANGES | {"lead_conversion": {"value": "7", "kind": "points"}})
        assert more["steps"]["potential"] == "1339"

    def test_allows_a_fall_and_caps_rates(self) -> None:
        """E1, E2 and E3: a negative effect is an effect; it pays back never, at no margin."""
        worse = tell(changes={"leads": {"value": "-10"}})
        assert worse["growth"]["value"] == "-8000.00"
        assert worse["revenue"]["payback"] == {"months": None, "days": None, "reason": "never"}
        assert worse["break_even_margin"] == {"value": None, "reason": "no_growth"}
        capped = tell(changes={"deal_conversion": {"value": "80", "kind": "relative"}})
        assert capped["warnings"] == ["deal_conversion: capped at 100 %"]
        assert capped["steps"]["completed"] == "600"
        with pytest.raises(WrongInputError, match="below nought"):
            tell(changes={"leads": {"value": "-101"}})


class TestE1LevelsOfNought:
    @pytest.mark.parametrize(
        ("levels", "starts_at", "sales"),
        [
            ((0, 600, 400, 80000), "potential", "89880.00"),
            ((10000, 0, 400, 80000), "completed", "85600.00"),
            ((0, 0, 400, 80000), "completed", "85600.00"),
            ((10000, 600, 0, 0), None, None),
            ((0, 0, 0, 0), None, None),
        ],
    )
    def test_start_the_chain_behind_them(
        self, levels: tuple[int, ...], starts_at: str | None, sales: str | None
    ) -> None:
        """E1, E2: what stands before the first level that is there is null, not nought."""
        names = ("leads", "potential", "completed", "sales")
        told = tell(situation=dict(zip(names, map(str, levels), strict=True)))
        assert (told["starts_at"], told["steps"]["sales"]) == (starts_at, sales)
        if sales is None:
            assert told["growth"] == {"value": None, "reason": "no_data"}
            assert told["revenue"] is None
        if not levels[0]:
            assert told["steps"]["leads"] is None
            assert "leads: ignored, there is nothing to change" in told["warnings"]

    def test_say_that_a_target_before_them_leads_to_nothing(self) -> None:
        """E1: a rate that is aimed at says nothing where there are no leads to multiply it by."""
        names = ("leads", "potential", "completed", "sales")
        there = dict(zip(names, ("0", "600", "400", "80000"), strict=True))
        aimed = {"value": "50", "kind": "target"}
        alone = tell(situation=there, changes={"lead_conversion": aimed})
        more = {"value": "1000", "kind": "target"}
        both = tell(situation=there, changes={"lead_conversion": aimed, "leads": more})

        assert alone["warnings"] == ["lead_conversion: ignored, the chain does not come by it"]
        assert (alone["steps"]["sales"], both["warnings"]) == ("80000.00", [])
        assert both["steps"]["potential"] == "500"

    def test_know_no_growth_in_percent_from_nothing(self) -> None:
        """E2: V = 0 → null, the absolute growth beside it."""
        free = SITUATION | {"sales": "0", "average_order": "0"}
        told = tell(situation=free, changes={"average_order": {"value": "10", "kind": "target"}})
        assert told["growth"]["value"] == "4000.00"
        assert told["growth_percent"] == {"value": None, "reason": "no_denominator"}


class TestE3Payback:
    def test_is_nothing_without_an_investment_and_never_below_its_running_cost(self) -> None:
        """E3: I = 0 → 0; benefit ≤ running cost → never, not infinity."""
        assert flows.simple(Flow(of(0), of(-5))) == Payback(Fraction(0))
        for benefit in (10, 9):
            assert flows.simple(Flow(of(100), of(benefit), of(10))).reason == "never"
            assert flows.cumulative(Flow(of(100), of(benefit), of(10))).reason == "never"

    def test_may_lie_beyond_what_is_worth_counting(self) -> None:
        """E3: never at a discount, at once; the same without one; past the calendar, no day."""
        losing = Flow(of(100), of(9), of(10))
        assert flows.discounted(losing, of(12)).reason == "never"
        slow = Flow(of(10**6), Fraction(1, 100))
        assert flows.discounted(slow, of(0)) == flows.cumulative(slow)
        assert flows.cumulative(slow).day(date(2026, 11, 22)) is None
        by_hand = sum((60 * discount(of(12), n) for n in range(1, 21)), Fraction(0))
        found = flows.discounted(Flow(by_hand, of(60)), of(12)).months
        assert found is not None
        assert round(found, 30) == 20

    def test_comes_later_when_the_effect_has_to_grow(self) -> None:
        """E9: linear, S-curve, table; a table keeps its last value."""
        linear = RampUp(Ramp.LINEAR, 4)
        assert [linear.share(m) for m in (1, 2, 4, 9)] == [
            Fraction(1, 4), Fraction(1, 2), 1, 1,
        ]  # fmt: skip
        curve = RampUp(Ramp.S_CURVE, 4)
        assert [curve.share(m) for m in (1, 2, 3)] == [
            Fraction(5, 32),
            Fraction(1, 2),
            Fraction(27, 32),
        ]
        table = RampUp(Ramp.TABLE, table=(of("0.1"), of("0.6")))
        assert [table.share(m) for m in (1, 2, 50)] == [of("0.1"), of("0.6"), of("0.6")]
        # 25, 50, 75, then 100 a month: 150 in three, the last 50 half of the fourth
        assert flows.cumulative(Flow(of(200), of(100), ramp=linear)).months == Fraction(7, 2)
        assert flows.cumulative(Flow(of(100), of(100), ramp=table)).months == 2 + Fraction(1, 2)

    def test_is_a_day_of_the_calendar_as_well(self) -> None:
        """E3: 30 days in a month of the simple form, real months in the calendar."""
        half = Payback(Fraction(3, 2))
        assert half.days == 45
        assert half.day(date(2026, 1, 31)) == date(2026, 3, 16)
        assert flows.months_on(date(2025, 12, 31), 2) == date(2026, 2, 28)

    def test_discounted_comes_later_or_never(self) -> None:
        """E3: at 10 % a year 100 a month are worth less; 1 a month never makes 200."""
        plain, later = Flow(of(1000), of(100)), flows.discounted(Flow(of(1000), of(100)), of(10))
        assert later.months is not None
        assert Fraction(10) < later.months < Fraction(11)
        assert flows.discounted(plain, of(0)).months == 10
        assert flows.discounted(Flow(of(200), of(1)), of(10)).reason == "never"
        assert flows.npv(plain, 12, of(0)) == 200

    def test_of_an_unknown_cost_is_no_return(self) -> None:
        """E4: cost 0 → null; running cost counts; gross profit is the basis where a margin is."""
        assert flows.roi(Flow(of(0), of(100)), 12).reason == "no_cost"
        told = tell(economics=ECONOMICS | {"margin": "30", "running": "500", "horizon": 6})
        assert told["gross_profit"]["benefit"] == "5717.02"
        # (6 · 5717.0244 − 18000) / 18000
        assert told["gross_profit"]["roi"]["value"] == "90.57"


class TestE5Investment:
    def test_adds_up_by_kind_and_lists_what_it_cannot_value(self) -> None:
        """E5, G4: own hours, users × price; no rate of the hour or of the currency → told apart."""
        items = [
            {"kind": "licence", "currency": "UAH", "amount": "9000"},
            {"kind": "own_hours", "currency": "UAH", "hours": "20", "rate": "250.50"},
            {"kind": "own_hours", "currency": "UAH", "hours": "12.5"},
            {
                "kind": "subscription",
                "currency": "UAH",
                "users": "10",
                "price": "300",
                "is_monthly": True,
            },
            {"kind": "consulting", "currency": "USD", "amount": "100"},
        ]
        costs = tell(economics={"currency": "UAH", "items": items})["costs"]
        assert costs == {
            "one_off": {"licence": "9000.00", "own_hours": "5010.00"},
            "running": {"subscription": "3000.00"},
            "invested": "14010.00", "monthly": "3000.00",
            "hours_without_rate": "12.5", "unconverted": {"USD": "100.00"},
        }  # fmt: skip

    @pytest.mark.parametrize(
        "wrong",
        [
            {"currency": "UAH"},
            {"currency": "UAH", "investment": "1", "items": [{"kind": "other", "currency": "UAH"}]},
            {"currency": "XXX", "investment": "1"},
            {"currency": "UAH", "investment": "NaN"},
            {"currency": "UAH", "investment": "1", "ramp": {"kind": "table"}},
        ],
    )
    def test_says_which_rule_was_broken(self, wrong: dict[str, Any]) -> None:
        """E5: bad input is refused by name of the field."""
        with pytest.raises(WrongInputError, match="economics"):
            tell(economics=wrong)


class TestE6BreakEven:
    def test_is_told_of_the_gross_profit_where_a_margin_is_named(self) -> None:
        """E6: an uplift pays back what it says, on the basis that it says."""
        change = {"leads": {"value": "50"}}
        economics = {"currency": "UAH", "investment": "6000", "margin": "30"}
        told = tell(changes=change, economics=economics)
        assert told["break_even_basis"] == "gross_profit"
        [uplift] = [x["percent"] for x in told["break_even"] if x["factor"] == "leads"]
        assert uplift == "25.0000"  # 6000 / 30 % of 80000
        assert tell()["break_even_basis"] == "revenue"

    def test_has_no_solution_beyond_its_range(self) -> None:
        """E6: a rate ends at 100 %: null, with the limit that was reached."""
        told = tell(changes={}, economics={"currency": "UAH", "investment": "80000"})
        by_factor = {each["factor"]: each for each in told["break_even"]}
        assert by_factor["deal_conversion"] == {
            "factor": "deal_conversion", "percent": None,
            "reason": "no_solution", "limit": "50.0000",
        }  # fmt: skip
        assert by_factor["leads"]["percent"] == "100.0000"

    @settings(max_examples=60, deadline=None)
    @given(
        uplift=st.integers(-5, 40), investment=st.integers(100, 60_000),
        months=st.integers(1, 6), mode=st.sampled_from(Mode),
    )  # fmt: skip
    def test_pays_back_in_time_and_just_so(
        self, uplift: int, investment: int, months: int, mode: Mode
    ) -> None:
        """E6: the found uplift reaches the goal, anything below it does not."""
        economics = {"currency": "UAH", "investment": str(investment), "limit": str(months)}
        body = SEED | {
            "economics": economics,
            "mode": mode,
            "changes": {"leads": {"value": uplift}},
        }
        asked = ScenarioIn.model_validate(body)
        scenario = asked.scenario(asked.economics.structure(own_currency("UAH")))
        wanted = Fraction(investment, months)
        for found in outcome(scenario).break_even:
            if found.percent is None:
                continue
            grown = [
                forecast(
                    scenario.situation,
                    scenario.changes.but(found.factor, Change(found.percent - less)),
                    mode,
                ).growth
                for less in (Fraction(0), Fraction(1, 10**9))
            ]
            assert grown[0] is not None
            assert grown[1] is not None
            assert grown[0] >= wanted > grown[1] or found.percent == -100


class TestE7Comparison:
    def test_ranks_by_worth_and_insists_on_one_horizon_and_currency(self) -> None:
        """E7: proposals side by side."""
        scenarios = []
        for name, investment in (("dear", "60000"), ("cheap", "15000")):
            body = SEED | {"name": name, "economics": ECONOMICS | {"investment": investment}}
            asked = ScenarioIn.model_validate(body)
            scenarios.append(asked.scenario(asked.economics.structure(own_currency("UAH"))))
        assert [each.scenario.name for each in ranked(scenarios)] == ["cheap", "dear"]
        for change in ({"horizon": 24}, {"currency": "EUR"}, {"margin": Fraction(30)}):
            other = replace(scenarios[1], economics=replace(scenarios[1].economics, **change))
            with pytest.raises(EffectInputError):
                ranked([scenarios[0], other])


class TestE8Sensitivity:
    def test_draws_the_same_with_the_same_seed(self) -> None:
        """E8: each factor ± x %, and random draws that can be repeated."""
        once, again, other = (
            tell(doubt={"percent": "10", "draws": 100, "seed": seed}) for seed in (7, 7, 8)
        )
        assert once["draws"] == again["draws"] != other["draws"]
        assert once["tornado"][0]["low"] == "9151.07"
        low, mid, high = (Decimal(once["draws"][name]) for name in ("p5", "p50", "p95"))
        assert low < mid < high


levels = st.integers(1, 100_000).map(Fraction)
percents = st.decimals(-60, 90, places=2).map(lambda value: Change(of(value)))


@settings(max_examples=150, deadline=None)
@given(
    steps=st.tuples(levels, levels, levels, levels),
    changed=st.tuples(percents, percents, percents, percents),
)
def test_the_whole_is_the_sum_of_its_parts(
    steps: tuple[Fraction, ...], changed: tuple[Change, ...]
) -> None:
    """E1 and E2: counted apart by the formula; credits of the factors add up to the growth."""
    leads, potential, completed = sorted(steps[:3], reverse=True)
    month = Situation(leads, potential, completed, steps[3])
    changes = Changes(*changed)
    told = forecast(month, changes)
    rates = [potential / leads, completed / potential]
    by_hand = leads * (1 + changed[0].value / 100)
    for rate, change in zip(rates, changed[1:3], strict=True):
        by_hand *= min(Fraction(1), rate * (1 + change.value / 100))
    by_hand *= steps[3] / completed * (1 + changed[3].value / 100)
    assert told.sales == by_hand
    credits = decompose(told.before, told.after, month.sales)
    assert sum(each.in_order for each in credits) == told.growth
    assert sum(each.order_free for each in credits) == told.growth
    rounded = forecast(month, changes, Mode.WHOLE_DEALS)
    assert rounded.completed is not None
    assert rounded.after.average_order is not None
    assert rounded.sales == Fraction(half_up(rounded.completed)) * rounded.after.average_order


@settings(max_examples=100, deadline=None)
@given(
    investment=st.integers(0, 10_000), benefit=st.integers(-50, 500), running=st.integers(0, 50),
    months=st.integers(1, 24), kind=st.sampled_from([Ramp.LINEAR, Ramp.S_CURVE]),
)  # fmt: skip
def test_at_its_payback_exactly_the_investment_has_come_back(
    investment: int, benefit: int, running: int, months: int, kind: Ramp
) -> None:
    """E3 and E9: added up by hand, with the part of the last month."""
    flow = Flow(of(investment), of(benefit), of(running), RampUp(kind, months))
    found = flows.cumulative(flow)
    if found.months is None:
        assert benefit <= running
        return
    full = int(found.months)
    back = Fraction(0)
    for month in range(1, full + 2):
        share = min(Fraction(1), Fraction(month, months))
        if kind is Ramp.S_CURVE:
            share = 3 * share**2 - 2 * share**3
        part = 1 if month <= full else found.months - full
        back += (benefit * share - running) * part
    assert back == investment
    assert found.months >= (flows.simple(flow).months or 0)


def test_factors_keep_their_names() -> None:
    """E1: four factors, in the order of the seed."""
    assert FACTORS == ("leads", "lead_conversion", "deal_conversion", "average_order")
    assert [kind.value for kind in Kind] == ["relative", "points", "target"]
