"""E17, E18, E20, E21 and K47: now against before, others, and the plan."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_reporting.effect.rules.exact import of
from crm_reporting.effect.rules.flows import actual
from crm_reporting.effect.rules.measuring import (
    Direction,
    Side,
    attainment,
    before_after,
    difference_in_differences,
)


class TestE17BeforeAfter:
    def test_tells_the_change_its_goodness_and_the_same_months(self) -> None:
        """E17: a year of baseline; March and April are compared with March and April."""
        months = {month: of(100 + month) for month in range(1, 13)}
        before = Side(of(1278), 1, working_days=250, months=months)
        after = Side(of(300), 1, working_days=40, months={3: of(140), 4: of(160)})
        found = before_after(before, after, direction="up", additive=True)
        assert found.seasonal_before == 207
        assert found.seasonal_change == 93
        assert found.daily_before == Fraction(1278, 250)
        assert found.daily_after == Fraction(15, 2)
        assert found.good is False
        rate = before_after(before, after, direction="up", additive=False)
        assert rate.seasonal_before == Fraction(207, 2)
        assert rate.daily_after is None

    @pytest.mark.parametrize(
        ("before", "after", "reason"),
        [
            (None, Side(of(5), 1), "since_start"),
            (Side(None, 1), Side(of(5), 1), "since_start"),
            (Side(of(5), 1), Side(of(5), 2), "other_version"),
            (Side(of(5), 1), Side(None, 1), "no_data"),
        ],
    )
    def test_has_reasons_where_it_has_no_change(
        self, before: Side | None, after: Side, reason: str
    ) -> None:
        """E17: no baseline → since start; another definition of the metric is no comparison."""
        found = before_after(before, after, direction="down", additive=False)
        assert (found.reason, found.change, found.good) == (reason, None, None)

    def test_a_season_needs_all_its_months(self) -> None:
        """E17: a baseline without April says nothing of April."""
        before = Side(of(10), 1, months={3: of(10)})
        after = Side(of(30), 1, months={3: of(10), 4: of(20)})
        found = before_after(before, after, direction="down", additive=True)
        assert found.seasonal_before is None
        assert found.change == 20
        assert found.good is False
        assert before_after(
            Side(of(0), 1), after, direction="up", additive=True
        ).percent.reason == ("no_denominator")


class TestE18DifferenceInDifferences:
    def test_takes_away_what_happened_to_everybody(self) -> None:
        """E18: (130 − 100) − (105 − 90) = 15; without others it is not causal."""
        found = difference_in_differences((of(100), of(130)), (of(90), of(105)))
        assert found.value == 15
        assert found.causal
        alone = difference_in_differences((of(100), of(130)), None)
        assert (alone.value, alone.causal, alone.reason) == (None, False, "no_comparison_group")
        assert difference_in_differences((of(1), None), (of(1), of(2))).reason == "no_data"


class TestE20ActualPayback:
    def test_comes_when_the_sum_of_effects_reaches_what_was_invested(self) -> None:
        """E20: 1 000 at first, 200 in the third month; 400 a month: three months to the day."""
        found = actual([of(1000), of(0), of(200), of(0)], [of(400)] * 4)
        assert found.months == 3
        assert actual([of(1000), of(0)], [of(400)] * 2).reason == "not_yet"
        assert actual([of(0)], [of(5)]).months == 0
        assert actual([of(0), of(100)], [of(0), of(200)]).months == Fraction(3, 2)


class TestK47Attainment:
    def test_is_not_capped_and_knows_when_less_is_better(self) -> None:
        """K47, E21: 150 of 100 is 150 %; four hours where eight were allowed are 200 %."""
        found = attainment(of(150), of(100), elapsed=Fraction(1, 2))
        assert found.percent.value == 150
        assert found.pace.value == 300
        assert attainment(of(4), of(8), direction="down").percent.value == 200
        assert attainment(of(5), of(0)).percent.reason == "no_plan"
        assert attainment(None, of(5)).percent.reason == "no_data"
        assert attainment(of(1), of(5), elapsed=of(0)).pace.reason == "no_working_days"


@given(st.tuples(*[st.integers(-1000, 1000).map(Fraction)] * 4), st.sampled_from(["up", "down"]))
def test_who_changes_as_everybody_gains_nothing(
    drawn: tuple[Fraction, ...], direction: Direction
) -> None:
    """E17 and E18: turning before and after around turns sign and goodness."""
    one, other, third, fourth = drawn
    forth = difference_in_differences((one, other), (third, fourth)).value
    back = difference_in_differences((third, fourth), (one, other)).value
    assert forth is not None
    assert back is not None
    assert forth == -back
    there = before_after(Side(one, 1), Side(other, 1), direction=direction, additive=False)
    home = before_after(Side(other, 1), Side(one, 1), direction=direction, additive=False)
    assert there.good is None if one == other else there.good is not home.good
