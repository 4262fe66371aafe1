"""The answer of a metric, rounded and written, before it becomes a body."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.numbers import Figure, Reason, Unit, rounded, written
from crm_reporting.metrics.rules.periods import Against, Period

Details = dict[str, str | int | None]
SHARE = Decimal("0.0001")
MONEY_DETAILS = frozenset(
    {
        "amount", "weighted_amount", "median_amount", "average_amount", "won_amount",
        "expected_amount", "overdue_amount", "cost", "corrected",
        "spend", "pay", "gross_profit", "revenue", "keeping", "monthly_profit", "year_profit",
        "lost_profit", "with_extra", "without_extra", "uplift",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as it is told."""

    value: str | None
    numerator: str | None
    denominator: str | None
    n: int
    coverage: str | None
    reason: Reason | None
    low_n: bool
    details: Details

    def told(self) -> dict[str, Any]:
        """Return the fields by name; `asdict` would copy every one of them deeply."""
        return {name: getattr(self, name) for name in Shown.__slots__}


@dataclass(frozen=True, slots=True)
class Bucket:
    start: date
    end: date
    shown: Shown


@dataclass(frozen=True, slots=True)
class Slice:
    key: UUID | str | None
    label: str | None
    shown: Shown
    share: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Against another period; of an unfinished one only the days that have begun are compared."""

    kind: Against
    period: Period
    value: str | None
    change: str | None
    change_pct: str | None
    change_pp: str | None
    good: bool | None
    reason: str | None
    unfinished: bool
    normalised: bool

    @property
    def start(self) -> date:
        return self.period.start

    @property
    def end(self) -> date:
        return self.period.end


@dataclass(frozen=True, slots=True)
class Missing:
    """Money that no rate could convert: kept out of the value, not forgotten."""

    currency: str
    n: int
    amount: str


@dataclass(frozen=True, slots=True)
class Result:
    ask: Ask
    as_of: datetime
    lag_seconds: int
    time_zone: str
    total: Shown
    exact: Figure
    comparison: Comparison | None = None
    series: list[Bucket] = field(default_factory=list)
    breakdown: list[Slice] = field(default_factory=list)
    unconverted: list[Missing] = field(default_factory=list)


def show(ask: Ask, figure: Figure) -> Shown:
    """Round a figure once and write it."""
    unit, currency = ask.metric.unit, ask.currency
    return Shown(
        value=written(rounded(figure.value, unit, currency)),
        numerator=_side(ask, figure.numerator),
        denominator=_side(ask, figure.denominator),
        n=figure.n,
        coverage=_share(figure.coverage),
        reason=figure.reason,
        low_n=figure.low_n,
        details={name: _detail(name, value, currency) for name, value in figure.details.items()},
    )


def _share(value: Decimal | None) -> str | None:
    return None if value is None else written(value.quantize(SHARE, ROUND_HALF_UP))


def _side(ask: Ask, value: Decimal | None) -> str | None:
    if value is None:
        return None
    if value == value.to_integral_value() and ask.metric.unit is not Unit.MONEY:
        return written(value.quantize(Decimal(1)))
    return written(rounded(value, ask.metric.unit, ask.currency))


def _detail(name: str, value: Decimal | int | None, currency: str) -> str | int | None:
    if value is None or isinstance(value, int):
        return value
    unit = Unit.MONEY if name in MONEY_DETAILS else Unit.DAYS
    return written(rounded(value, unit, currency))
