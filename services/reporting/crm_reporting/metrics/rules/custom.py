"""A metric of one's own as an entry of the catalogue, and its figure from what was read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from crm_reporting.custom_metrics.rules.definitions import Definition, Function, Source
from crm_reporting.metrics.rules.catalogue import Dimension, Direction, Metric, Texts
from crm_reporting.metrics.rules.measures import Measure
from crm_reporting.metrics.rules.numbers import (
    Figure,
    Reason,
    Unit,
    mean,
    part_of,
    quotient,
    ratio,
    unknown,
)
from crm_reporting.metrics.rules.tallies import Convert, Unconverted

CUSTOM = "custom"
SECONDS = {Unit.DAYS: 86_400, Unit.HOURS: 3600, Unit.MINUTES: 60}
DIVIDED = (Unit.PERCENT, Unit.RATIO)
_OVER: Mapping[Function, Texts] = {
    Function.COUNT: {"en": "number of", "uk": "кількість", "ru": "число"},
    Function.COUNT_DISTINCT: {"en": "different values of", "uk": "різних значень",
                              "ru": "различных значений"},
    Function.SUM: {"en": "sum of", "uk": "сума", "ru": "сумма"},
    Function.MEAN: {"en": "mean of", "uk": "середнє", "ru": "среднее"},
    Function.MEDIAN: {"en": "median of", "uk": "медіана", "ru": "медиана"},
    Function.MIN: {"en": "least", "uk": "найменше", "ru": "наименьшее"},
    Function.MAX: {"en": "greatest", "uk": "найбільше", "ru": "наибольшее"},
}  # fmt: skip
_FILTERED: Texts = {"en": "where the filter holds", "uk": "за умовою", "ru": "по условию"}


class Cell(NamedTuple):
    """What was read of one side: of one group and bucket, one currency, one day where it matters.

    `median` holds only where all rows of a group are in one currency.
    """

    key: UUID | str | None
    bucket: date | None
    currency: str
    day: date | None
    n: int
    known: int
    total: Decimal
    low: Decimal | None
    high: Decimal | None
    distinct: int
    median: Decimal | None


@dataclass(slots=True)
class Side:
    """One side, added up in one currency."""

    n: int = 0
    known: int = 0
    total: Decimal = Decimal(0)
    low: Decimal | None = None
    high: Decimal | None = None
    distinct: int = 0
    median: Decimal | None = None

    def take(self, cell: Cell, convert: Convert, missing: dict[str, Unconverted]) -> None:
        """Take in what was read; money without a rate is told apart."""
        rate = convert(cell.currency, cell.day) if cell.currency else Decimal(1)
        self.n += cell.n
        self.distinct += cell.distinct
        if rate is None:
            one = missing.setdefault(cell.currency, Unconverted())
            one.n, one.amount = one.n + cell.known, one.amount + cell.total
            return
        self.known += cell.known
        self.total += cell.total * rate
        self.median = cell.median
        if cell.low is not None and cell.high is not None:
            low, high = cell.low * rate, cell.high * rate
            self.low = low if self.low is None else min(self.low, low)
            self.high = high if self.high is None else max(self.high, high)

    def figure(self, source: Source, per: int) -> Figure:
        """Return what the side comes to by its function."""
        function, coverage = source.function, part_of(self.known, self.n)
        if function is Function.COUNT:
            return Figure(Decimal(self.n), self.n, Decimal(self.n))
        if function is Function.COUNT_DISTINCT:
            return Figure(Decimal(self.distinct), self.n, Decimal(self.distinct))
        if function is Function.SUM and (self.known or not self.n):
            total = self.total / per
            return Figure(total, self.n, total, coverage=coverage)
        if function is Function.MEAN:
            return replace(mean(self.total / per, self.known), coverage=coverage)
        value = {Function.MEDIAN: self.median, Function.MIN: self.low, Function.MAX: self.high}
        # a sum of which no part is known, or has a rate, is unknown too
        found = value.get(function)
        if found is None:
            return replace(unknown(Reason.NO_DATA), coverage=coverage)
        return Figure(found / per, self.known, coverage=coverage)


def figure_of(metric: Metric, definition: Definition, sides: list[Side]) -> Figure:
    """Return the figure: one side, or one by the other."""
    per = [_per(metric.unit, source) for source in definition.sides]
    found = [
        side.figure(source, one)
        for side, source, one in zip(sides, definition.sides, per, strict=True)
    ]
    top = found[0]
    if len(found) == 1 or top.value is None:
        return top
    bottom = found[1]
    if bottom.value is None:
        return Figure(None, bottom.n, top.value, reason=Reason.NO_DENOMINATOR)
    if metric.unit is Unit.PERCENT:
        return replace(ratio(top.value, bottom.value, n=bottom.n), coverage=top.coverage)
    return replace(quotient(top.value, bottom.value, n=bottom.n), coverage=top.coverage)


def _per(unit: Unit, source: Source) -> int:
    return SECONDS.get(unit, 1) if source.is_time else 1


def entry(
    definition: Definition, names: Mapping[str, Any], revision: int, *, is_counted: bool
) -> Metric:
    """Return a definition as the catalogue has its entries."""
    cuts = (
        Dimension.OWNER,
        Dimension.TEAM,
        *(Dimension(group.dimension) for group in definition.groups),
    )
    measure = Measure(facts=(), dimensions=cuts, own=CUSTOM, reads=definition.reads)
    is_whole = len(definition.sides) == 1 and definition.sides[0].is_additive
    return Metric(
        id=names["metric"],
        source=CUSTOM,
        unit=Unit(names["unit"]),
        direction=Direction(names["direction"]),
        title=_texts(names["title"]),
        formula=formula(definition, names["description"]),
        measures={None: measure},
        dimensions=cuts,
        inputs=tuple(sorted(_short(event) for event in definition.events)),
        additive=is_whole,
        version=revision,
        tells=definition.tells,
        custom=definition,
        is_counted=is_counted,
    )


def _texts(told: Mapping[str, str]) -> Texts:
    english = told.get("en", "")
    return {"en": english, "uk": told.get("uk", english), "ru": told.get("ru", english)}


def _short(event: str) -> str:
    return ".".join(event.split(".")[2:4])


def formula(definition: Definition, description: Mapping[str, str]) -> Texts:
    """Say in words what is measured, after what its maker wrote of it."""
    written = _texts(description)
    told: Texts = {}
    for language in written:
        sides = " / ".join(_side(source, language) for source in definition.sides)
        told[language] = f"{written[language]} ({sides})" if written[language] else sides
    return told


def _side(source: Source, language: Any) -> str:
    events = " + ".join(_short(event) for event in source.events)
    what = source.field or "time"
    if source.since:
        what = f"{source.field or events} − {source.since}"
    over = events if source.function is Function.COUNT else f"{what} [{events}]"
    is_filtered = bool(getattr(source.filter, "items", True))
    words = f"{_OVER[source.function][language]} {over}"
    return f"{words} {_FILTERED[language]}" if is_filtered else words
