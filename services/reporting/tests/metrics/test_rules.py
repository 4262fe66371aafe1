"""Periods, shares and rounding."""

import itertools
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_reporting.metrics.errors import QuestionError
from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.catalogue import CATALOGUE
from crm_reporting.metrics.rules.comparing import compare
from crm_reporting.metrics.rules.numbers import Figure, Unit, ratio, rounded, shares, written
from crm_reporting.metrics.rules.periods import Against, Interval, Period, scale
from crm_reporting.metrics.rules.questions import Around, Parameters, ask_of
from crm_reporting.testing import named
from crm_shared.actor import Access, Actor, Role, Scope
from crm_shared.filters import And

STOCKS = {
    "potential_deals:stock", "open_deals", "leads:stock", "cases:stock", "pending_approvals",
    "receivables:all", "receivables:overdue", "active_customers", "customer_classes:net_revenue",
    "customer_classes:gross_profit",
}  # fmt: skip
MEANS = {
    "average_deal_sum", "income_per_customer", "lifetime_value", "cost_per_lead",
    "cost_of_serving", "sales_per_employee",
    *(f"profit_per_client:{one}" for one in ("gross", "served", "net")),
    *(f"cost_per_client:{one}" for one in ("marketing", "lagged", "loaded")),
    # of days to come too: a running month's is told of the whole month
    *(f"forecast:{one}" for one in ("weighted", "best", "commit", "historical")),
}  # fmt: skip
UNDEFINED = {"order_processing_cost", "financial_result"}
AMOUNTS = st.lists(st.decimals(0, 10**9, places=2), min_size=1, max_size=40)


class TestPeriod:
    """G1: half-open, by the wall clock."""

    def test_has_buckets_without_holes_cut_at_its_ends(self) -> None:
        period = Period(date(2026, 1, 15), date(2026, 3, 2))

        buckets = list(period.buckets(Interval.MONTH))

        assert [(one.start.day, one.end.day) for one in buckets] == [(15, 1), (1, 1), (1, 2)]

    def test_begins_weeks_on_monday(self) -> None:
        period = Period(date(2026, 3, 4), date(2026, 3, 17))

        starts = [bucket.start for bucket in period.buckets(Interval.WEEK)]

        assert starts == [date(2026, 3, 4), date(2026, 3, 9), date(2026, 3, 16)]

    def test_is_compared_with_as_many_days(self) -> None:
        """G16: 2.2 (Frappe: the window before is a day shorter): equal lengths."""
        march = Period(date(2026, 3, 1), date(2026, 4, 1))

        assert march.other(Against.PREVIOUS).days == march.days

    def test_has_a_year_before_also_on_the_leap_day(self) -> None:
        period = Period(date(2024, 2, 29), date(2024, 3, 1))

        assert period.other(Against.LAST_YEAR).start == date(2023, 2, 28)

    def test_is_scaled_by_the_days_that_have_begun(self) -> None:
        now = Period(date(2026, 3, 1), date(2026, 3, 31))
        before = now.other(Against.PREVIOUS)

        assert scale(now, before, today=date(2026, 3, 15)) == Decimal("0.5")

    @given(
        start=st.dates(date(2000, 1, 1), date(2030, 1, 1)),
        days=st.integers(1, 800),
        interval=st.sampled_from(Interval),
    )
    def test_is_the_sum_of_its_buckets(self, start: date, days: int, interval: Interval) -> None:
        period = Period(start, date.fromordinal(start.toordinal() + days))

        buckets = list(period.buckets(interval))

        assert buckets[0].start == period.start
        assert buckets[-1].end == period.end
        assert all(one.end == two.start for one, two in itertools.pairwise(buckets))

    def test_is_asked_of_years_that_a_calendar_has(self) -> None:
        around = Around(
            Access(Actor(named("admin"), Role.ADMIN), Scope.ALL),
            datetime(2026, 3, 1, tzinfo=UTC), ZoneInfo("Europe/Kyiv"), "UAH",
        )  # fmt: skip
        last = datetime(9999, 12, 31, 23, tzinfo=UTC)
        for told in (Parameters(None, None, as_of=last), Parameters(None, last.date())):
            with pytest.raises(QuestionError) as refused:
                ask_of(CATALOGUE["won_deals"], told, And(()), around)
            assert refused.value.errors[0].code == "out-of-range"


class TestShares:
    """G5: shares that make a hundred."""

    @given(AMOUNTS)
    def test_make_exactly_a_hundred(self, amounts: list[Decimal]) -> None:
        parts = [share for share in shares(amounts) if share is not None]

        assert sum(parts) == (100 if any(amounts) else 0)

    def test_are_none_where_a_part_is_negative(self) -> None:
        assert shares([Decimal(5), Decimal(-1)]) == [None, None]


class TestSmallSamples:
    """G17, G2: few facts are flagged, none are no value."""

    def test_are_flagged(self) -> None:
        assert [ratio(1, n).low_n for n in (0, 1, 4, 5)] == [True, True, True, False]

    def test_of_nothing_grow_by_no_per_cent(self) -> None:
        """G2, G6: 2.2 (Krayin, Frappe: growth from nought is 100 % or 0): the difference alone."""
        period = Period(date(2026, 3, 1), date(2026, 4, 1))
        access = Access(Actor(named("admin"), Role.ADMIN), Scope.ALL)
        ask = Ask(CATALOGUE["sales_volume"], period, access, period.end, "UAH")

        told = compare(
            ask, Figure(Decimal(5), 1), Figure(Decimal(0), 0),
            against=Against.PREVIOUS, period=period.other(Against.PREVIOUS),
        )  # fmt: skip

        assert (told.change, told.change_pct, told.reason) == ("5.00", None, "no_denominator")


class TestFlows:
    """K47, E15, E17, G6: what grows with the days, what stands, what is a mean is said of each."""

    def test_are_told_from_stocks_and_means(self) -> None:
        told = [
            (f"{one.id}:{variant}" if variant else one.id, one.is_flow_in(variant))
            for one in CATALOGUE.values()
            if one.unit in (Unit.COUNT, Unit.MONEY)
            for variant in one.measures
        ]

        assert {name for name, is_flow in told if not is_flow} == STOCKS | MEANS | UNDEFINED
        of_code = {"new_customers", "repeat_sales", "word_of_mouth", "promise_losses"}
        assert of_code | {"missed_income", "potential_deals:flow"} <= dict(told).keys()

    def test_of_running_months_are_compared_by_days(self) -> None:
        """K49: 24 new ones in eight days of March against 84 of February: as many a day."""
        march = Period(date(2026, 3, 1), date(2026, 4, 1))
        february = Period(date(2026, 2, 1), date(2026, 3, 1))
        access = Access(Actor(named("admin"), Role.ADMIN), Scope.ALL)
        ask = Ask(CATALOGUE["new_customers"], march, access, date(2026, 3, 8), "UAH")

        told = compare(
            ask, Figure(Decimal(24), 24), Figure(Decimal(84), 84),
            against=Against.PREVIOUS, period=february,
        )  # fmt: skip

        assert (told.normalised, told.change, told.change_pct) == (True, "0", "0.00")


class TestRounded:
    """G5: half up, once."""

    @pytest.mark.parametrize(
        ("value", "unit", "currency", "expected"),
        [
            ("63.145", Unit.PERCENT, "UAH", "63.15"),
            ("2.345", Unit.MONEY, "UAH", "2.35"),
            ("2.5", Unit.MONEY, "JPY", "3"),
            ("2.3455", Unit.MONEY, "KWD", "2.346"),
            ("-0.001", Unit.MONEY, "UAH", "0.00"),
        ],
    )
    def test_goes_half_up_to_the_digits_of_the_unit(
        self, value: str, unit: Unit, currency: str, expected: str
    ) -> None:
        assert written(rounded(Decimal(value), unit, currency)) == expected
