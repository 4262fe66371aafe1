"""E17, E18, E20, E21 and K47: now against before, others, and the plan."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_reporting.effect.rules.exact import of
from crm_reporting.effect.rules.investing import Cost, Item
from crm_reporting.effect.rules.measuring import (
    Direction,
    Side,
    attainment,
    before_after,
    difference_in_differences,
)
from crm_reporting.effect.rules.returning import Costs, Piece, Spending, costs_in, returned
from crm_reporting.inputs.rules.spreading import Span, whole_months


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
            (Side(None, 1), Side(of(5), 1), "no_rate"),
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


JANUARY, FEBRUARY, MARCH = whole_months(Span(date(2026, 1, 1), date(2026, 3, 31)))


def piece(days: Span, brought: int, running: int = 0, **at_once: int) -> Piece:
    """Some days; `d5=100`: 100 paid on the fifth."""
    paid = {days.first.replace(day=int(day[1:])): of(sum_) for day, sum_ in at_once.items()}
    return Piece(days, of(brought), Costs(of(running), paid))


class TestE20ActualPayback:
    def test_comes_when_the_sum_of_effects_reaches_what_was_invested(self) -> None:
        """E20: 900 at first, 300 in the third month; 400 a month: three months to the day."""
        found, day = returned(
            [piece(JANUARY, 400, d1=900), piece(FEBRUARY, 400), piece(MARCH, 400, d15=300)]
        )
        assert (found.months, day) == (of(3), date(2026, 3, 31))
        young = returned([piece(JANUARY, 400, d1=900)])
        assert (young[0].reason, young[1]) == ("not_yet", None)
        assert returned([piece(JANUARY, 5)])[0].reason == "no_cost"

    def test_is_a_day_of_the_days_that_have_been(self) -> None:
        """E20: of pieces of months their own days count, never days to come."""
        lacking = [piece(JANUARY, 100, d1=350), piece(FEBRUARY, 50)]
        begun = piece(Span(date(2026, 3, 1), date(2026, 3, 5)), 250)
        # 200 are missing on the first of March, 50 a day come: the fourth
        assert returned([*lacking, begun])[1] == date(2026, 3, 4)
        late = piece(Span(date(2026, 1, 20), date(2026, 1, 31)), 120, d20=400)
        # 280 are missing on the first of February, 20 a day come: the fourteenth
        assert returned([late, piece(FEBRUARY, 560)])[1] == date(2026, 2, 14)

    def test_whoever_puts_in_more_has_to_earn_that_back_as_well(self) -> None:
        """E20: paid back in January, not any more in February, again in March."""
        first = piece(JANUARY, 600, d1=500)
        more = piece(FEBRUARY, 700, d10=1000)
        assert returned([first])[1] == date(2026, 1, 26)
        assert returned([first, more])[0].reason == "not_yet"
        # 200 are missing, 31 days bring ten each
        assert returned([first, more, piece(MARCH, 310)])[1] == date(2026, 3, 20)
        # what runs and pays for itself has paid from the first day on
        assert returned([piece(JANUARY, 600, 500)])[1] == date(2026, 1, 1)


class TestE5Costs:
    def test_what_was_paid_before_the_start_is_a_cost_of_the_first_month(self) -> None:
        """E5, E20: a licence of December and two months of support before January."""
        licence = Spending(
            Item(Cost.LICENCE, "UAH"), Span(date(2025, 12, 10), date(2025, 12, 10)), of(15_000)
        )
        support = Spending(
            Item(Cost.SUPPORT, "UAH", is_monthly=True),
            Span(date(2025, 11, 1), date(2026, 2, 14)), of(100),
        )  # fmt: skip
        lines = [licence, support]
        assert costs_in(lines, JANUARY, is_first=True).whole == 15_000 + 200 + 100
        assert costs_in(lines, FEBRUARY, is_first=False).whole == 50


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
