"""E10, E11, E12, E13, E14, E15, E16 and E19: the five components of seed 000, and their guard."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_reporting.effect.errors import EffectInputError
from crm_reporting.effect.rules.components import (
    Calls,
    Capacity,
    Component,
    Declared,
    Promises,
    Repeats,
    RolePay,
    calls,
    capacity,
    declared,
    promises,
    repeats,
    skill,
)
from crm_reporting.effect.rules.crediting import Weight, apart, credit
from crm_reporting.effect.rules.exact import half_up, of

SURE = Weight(of(1), of(1), "measured by the calls")


class TestE10Capacity:
    def test_twenty_percent_more_saves_a_sixth_not_a_fifth(self) -> None:
        """E10: 1 000 customers, 10 managers, fund 200 000: 33 333.33 and 20 000, not 40 000."""
        found = capacity(Capacity(of(10), of(200_000), of(100), of(120), of(1000)))
        assert half_up(found.inputs["capacity_saving"] or of(0), 2) == Fraction("33333.33")
        assert found.value == 20_000
        # nobody left, nobody was not hired: it stands on paper only
        assert found.realised == 0
        assert found.potential == 20_000

    @pytest.mark.parametrize(
        ("managers", "realised"), [("10", 0), ("9.5", 10_000), ("9", 20_000), ("7", 20_000)]
    )
    def test_is_realised_by_those_who_are_fewer(self, managers: str, realised: int) -> None:
        """E10: as far as there are fewer than the old load would need."""
        told = Capacity(of(10), of(200_000), of(100), of(120), of(1000), of(managers))
        assert capacity(told).realised == realised

    def test_counts_an_avoided_hire_and_no_negative_heads(self) -> None:
        """E10: 50 % more customers with the same ten at 150 each: five hires avoided."""
        grown = capacity(Capacity(of(10), of(200_000), of(100), of(150), of(1500), of(10)))
        assert grown.realised == grown.value == 100_000
        worse = capacity(Capacity(of(10), of(200_000), of(100), of(80), of(1000), of(10)))
        assert worse.value == 0
        assert worse.inputs["capacity_saving"] == -50_000

    def test_is_null_without_its_two_sides(self) -> None:
        """E10: no baseline and no data are reasons, not noughts."""
        assert capacity(Capacity(None, None, None, of(1), of(1))).reason == "no_baseline"
        assert capacity(Capacity(of(1), of(1), of(1), None, of(1))).reason == "no_data"


class TestE11Promises:
    def test_values_clients_kept_and_claims_spared(self) -> None:
        """E11: (0.05 − 0.02) · 200 · 1 500 + (10 − 4) · 200."""
        told = Promises(of("0.05"), of("0.02"), of(200), of(1500), of(10), of(4))
        assert promises(told).value == 10_200

    def test_is_null_without_the_rate_of_before(self) -> None:
        """E11: λ0 unknown → the component is null."""
        assert promises(Promises(None, of(0), of(5), of(1))).reason == "no_baseline"
        assert promises(Promises(of(0), None, of(5), of(1))).reason == "no_data"


class TestE12Calls:
    def test_values_calls_that_get_through(self) -> None:
        """E12: (0.2 − 0.05) · 400 · 0.5 · 0.1 · 3 000; a sampled week makes it an estimate."""
        told = Calls(
            of("0.2"), of("0.05"), of(400), of("0.5"), of("0.1"), of(3000), is_sampled=True
        )
        found = calls(told)
        assert found.value == 9000
        assert found.is_estimate

    def test_takes_the_seeds_own_sums_where_they_are_known(self) -> None:
        """E12: services not rendered and goods unsold, before less now."""
        told = Calls(None, None, of(0), None, None, None, direct0=of(5000), direct1=of(1200))
        assert calls(told).value == 3800

    def test_is_null_without_a_telephone_then_or_now(self) -> None:
        """E12: no telephony → null, not nought."""
        assert calls(Calls(None, of(0), of(9), of(1), of(1), of(1))).reason == "no_baseline"
        assert calls(Calls(of(1), None, of(0), of(1), of(1), of(1))).reason == "no_data"


class TestE13Repeats:
    def test_takes_price_rises_out(self) -> None:
        """E13: (220 / 1.1 − 150) · 40 + (0.04 − 0.01) · 90 000."""
        told = Repeats(of(150), of(220), of(40), of("0.04"), of("0.01"), of(90_000), of("1.1"))
        assert repeats(told).value == 4700

    def test_may_be_negative_and_null(self) -> None:
        """E13: fewer repeat sales are a loss; no baseline is null."""
        assert repeats(Repeats(of(150), of(100), of(10))).value == -500
        assert repeats(Repeats(None, of(100), of(10))).reason == "no_baseline"


class TestE14Skill:
    ROLES = (
        RolePay("seller", of(3), of(20_000), of(17_000)),
        RolePay("support", of(2), of(15_000), of(16_000)),
    )

    def test_counts_lower_pay_of_new_people_only(self) -> None:
        """E14: 3 · 3 000; who is paid more is no negative saving."""
        assert skill(self.ROLES, coverage=of("0.9")).value == 9000

    def test_stands_on_the_heads_that_e10_leaves(self) -> None:
        """E14: with E10 together no head is counted twice; E10 is of sellers alone."""
        left = {"seller": of(2)}
        assert skill(self.ROLES, coverage=of(1), remaining=left).value == 6000
        cheaper = (*self.ROLES[:1], RolePay("support", of(4), of(15_000), of(14_000)))
        told = skill(cheaper, coverage=of(1), remaining=left)
        assert (told.value, told.inputs["counted"]) == (of(2 * 3000 + 4 * 1000), of(6))

    def test_needs_scripts(self) -> None:
        """E14: script coverage below the threshold, or unknown → null."""
        for coverage in (None, of("0.79")):
            assert skill(self.ROLES, coverage=coverage).reason == "script_coverage"
        assert skill((), coverage=of(1)).reason == "no_data"


class TestE15Declared:
    def test_is_a_change_times_its_declared_worth(self) -> None:
        """E15, E19: fewer errors are better; time saved is potential until E10 realised it."""
        errors = Declared(
            "errors", of(30), of(10), of(50), "mean cost of one", fewer_is_better=True
        )
        assert declared(errors).value == 1000
        time = Declared("hours", of(80), of(60), of(200), "loaded rate", True, is_realised=False)
        found = declared(time, component="E19")
        assert found.id == "E19"
        assert found.value == 4000
        assert found.realised == 0

    def test_hours_that_spared_a_manager_are_not_worth_money_twice(self) -> None:
        """E19: 20 hours · 200, of which 2 500 are in E10 already; never money by itself."""
        time = Declared("hours", of(80), of(60), of(200), "rate", True, is_time=True)
        found = declared(time, component="E19", spared=of(2500))
        assert (found.value, found.realised) == (of(1500), of(0))
        assert declared(time, component="E19", spared=of(9000)).value == 0
        # what takes longer now is a loss, whoever was spared
        longer = Declared("hours", of(60), of(80), of(200), "rate", True, is_time=True)
        assert declared(longer, component="E19", spared=of(2500)).value == -4000

    def test_stores_an_argument_or_refuses(self) -> None:
        """E15, E16: no argument, no value."""
        with pytest.raises(EffectInputError) as refused:
            declared(Declared("errors", of(1), of(1), of(1), "  "))
        assert refused.value.errors[0].pointer == "/E15/errors/argument"


class TestE16Guard:
    def test_weighs_each_component_and_tells_low_mid_and_high(self) -> None:
        """E16: w = share × confidence; 0.8 · 0.75 of 1 000 is 600, from 400 to 800."""
        part = Component("E13", of(1000), realised=of(500))
        found = credit([part], {"E13": Weight(of("0.8"), of("0.75"), "asked the sellers")})
        assert [found.total.low, found.total.mid, found.total.high] == [
            of(n) for n in (400, 600, 800)
        ]
        assert found.realised.mid == 300
        # half is potential, and of the other half 0.8 · (2 · 0.75 − 1) is sure: 200 of 600
        assert found.assumed_share == Fraction(2, 3)

    @pytest.mark.parametrize(
        ("weight", "code"),
        [
            (None, "argument-missing"),
            (Weight(of(1), of(1), " "), "argument-missing"),
            (Weight(of("1.1"), of(1), "so be it"), "out-of-range"),
        ],
    )
    def test_refuses_a_weight_without_argument(self, weight: Weight | None, code: str) -> None:
        """E16: nobody credits the CRM without saying why."""
        with pytest.raises(EffectInputError) as refused:
            credit([Component("E13", of(1))], {"E13": weight} if weight else {})
        assert refused.value.errors[0].code == code

    def test_lists_overlaps_and_warns_above_the_growth_of_sales(self) -> None:
        """E16: total above ΔV of K1 → a warning; null components take no part."""
        parts = [
            Component("E10", of(900)), Component("E14", of(200)), Component("E11", None, "no_data"),
            Component("E12", of(5)),
        ]  # fmt: skip
        weights = dict.fromkeys(("E10", "E11", "E12", "E14"), SURE)
        found = credit(parts, weights, growth=of(1000))
        assert [pair[:2] for pair in found.overlaps] == [("E10", "E14")]
        assert found.warnings == ["above_growth"]
        assert credit(parts, weights, growth=of(1105)).warnings == []

    def test_counts_a_lost_deal_once(self) -> None:
        """E11 and E12: a deal lost after a missed promise is not lost by telephone as well."""
        assert apart({"a", "b"}, {"b", "c"}) == ({"a", "b"}, {"c"})


parts = st.decimals(-10_000, 10_000, places=2).map(of)
unit = st.integers(0, 100).map(lambda value: Fraction(value, 100))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(parts, unit, unit), min_size=1, max_size=6))
def test_the_effect_is_the_sum_of_its_weighed_components(
    drawn: list[tuple[Fraction, Fraction, Fraction]],
) -> None:
    """E16: by hand Σ share · confidence · value; low ≤ mid ≤ high; nothing assumed twice."""
    components = [Component(f"E1{place}", value) for place, (value, _, _) in enumerate(drawn)]
    weights = {
        f"E1{place}": Weight(share, sure, "drawn") for place, (_, share, sure) in enumerate(drawn)
    }
    found = credit(components, weights)
    assert found.total.mid == sum(value * share * sure for value, share, sure in drawn)
    assert found.total.low <= found.total.mid <= found.total.high
    assert found.realised.mid == 0
    assert found.assumed_share in (None, 1)
