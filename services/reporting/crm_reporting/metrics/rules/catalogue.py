"""The catalogue: what each metric is called, means, is made of, and can be cut by.

Read once from the files beside it; an entry that says nothing sensible stops the process.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any, Literal

from crm_reporting.contributions.rules import Part
from crm_reporting.contributions.rules.values import STAYS
from crm_reporting.custom_metrics.rules.definitions import Definition
from crm_reporting.metrics.rules.dimensions import KINDS, SETS, Dimension, Direction
from crm_reporting.metrics.rules.measures import Division, Measure, Sum
from crm_reporting.metrics.rules.numbers import Unit
from crm_reporting.metrics.rules.sources import EVENTS_OF

__all__ = ["CATALOGUE", "KINDS", "Dimension", "Direction", "Metric"]

Language = Literal["en", "uk", "ru"]
Texts = dict[Language, str]

AMOUNT, OUTCOME, STAGE = "deal.amount", "deal.outcome", "deal.stage_id"
CREATED_AT, LOST_AT = "deal.created_at", "deal.lost_at"
WON = (OUTCOME, "deal.won_at")
FILES = (
    "deals", "leads", "work", "cases", "money", "messages", "customers", "dealings", "inputs",
    "people", "missing",
)  # fmt: skip
# Names of an entry that a variant may give anew.
OF_MEASURE = (
    "sum", "ratio", "mean", "own", "parts", "per", "count", "coverage", "young", "told_by",
    "details", "means", "details_per", "facts", "dimensions", "reads", "narrowed_by_own",
)  # fmt: skip
VALUES = frozenset({"sum", "ratio", "mean", "own"})
OF_VALUE = VALUES | {"parts", "count", "coverage", "young", "told_by"}


@dataclass(frozen=True, slots=True)
class Metric:
    """One entry. Another formula is another metric; a changed one is another version."""

    id: str
    source: str
    unit: Unit
    direction: Direction
    title: Texts
    formula: Texts
    measures: dict[str | None, Measure]  # by variant; the first is the default
    dimensions: tuple[Dimension, ...]
    inputs: tuple[str, ...]
    leaves_out: tuple[str, ...] = ()
    until_today: bool = False  # of what is due only that counts whose day is over
    additive: bool = False
    flows: bool = False  # made by code, and yet of two times what both have together
    grouped: bool = False  # by ABC groups, whose bounds may be chosen
    version: int = 1
    # fields without which it cannot be told: whoever may not see one of them gets no answer
    tells: tuple[str, ...] = ()
    needs: Texts | None = None  # the input without which there is no value, named
    custom: Definition | None = None  # what a company defined itself
    is_counted: bool = True

    @property
    def reads(self) -> tuple[str, ...]:
        """What of the inputs its variants tell."""
        return tuple(dict.fromkeys(name for one in self.measures.values() for name in one.reads))

    @property
    def is_flow(self) -> bool:
        """Whether its usual variant is a flow."""
        return self.is_flow_in(next(iter(self.measures)))

    def is_flow_in(self, variant: str | None) -> bool:
        """Tell whether two times together have what each has: no ratio, mean or stock."""
        measure = self.measures[variant]
        adds_up = self.additive or self.flows or measure.total is not None
        return adds_up and not (measure.parts and STAYS.issuperset(measure.parts))

    @property
    def variants(self) -> tuple[str, ...]:
        return tuple(name for name in self.measures if name is not None)


def _read() -> dict[str, Metric]:
    found: dict[str, Metric] = {}
    for name in FILES:
        text = files("crm_reporting.metrics.catalogue").joinpath(f"{name}.toml").read_text("utf-8")
        for metric_id, entry in tomllib.loads(text).items():
            found[metric_id] = _metric(metric_id, entry)
    return found


def _metric(metric_id: str, entry: dict[str, Any]) -> Metric:
    shared = {name: entry.pop(name) for name in OF_MEASURE if name in entry}
    variants: dict[str, dict[str, Any]] = entry.pop("variants", {})
    measures: dict[str | None, Measure] = {
        variant: _measure(_varied(shared, changed)) for variant, changed in variants.items()
    } or {None: _measure(shared)}
    parts = [part for measure in measures.values() for part in measure.parts]
    return Metric(
        id=metric_id,
        source=entry.pop("source"),
        unit=Unit(entry.pop("unit")),
        direction=Direction(entry.pop("better")),
        title=entry.pop("title"),
        formula=entry.pop("formula"),
        measures=measures,
        dimensions=SETS[shared["dimensions"]],
        inputs=tuple(
            sorted({*entry.pop("inputs", ()), *(e for part in parts for e in EVENTS_OF[part])})
        ),
        leaves_out=tuple(entry.pop("leaves_out", ())),
        additive=entry.pop("additive", all(one.total for one in measures.values())),
        tells=tuple(entry.pop("tells", ())),
        **entry,
    )


def _varied(shared: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    """A variant with a value of its own takes over nothing that was said of the other."""
    if changed.keys() & VALUES:
        shared = {name: told for name, told in shared.items() if name not in OF_VALUE}
    return {**shared, **changed}


def _measure(told: dict[str, Any]) -> Measure:
    one = Measure(
        facts=(),
        dimensions=SETS[told["dimensions"]],
        total=Sum.read(told["sum"]) if told.get("sum") else None,
        ratio=Division.read(told["ratio"]) if told.get("ratio") else None,
        mean=Division.read(told["mean"]) if told.get("mean") else None,
        own=told.get("own"),
        parts=_parts(told.get("parts", ())),
        per=told.get("per", 1),
        count=Sum.read(told["count"]) if told.get("count") else None,
        coverage=Division.read(told["coverage"]) if told.get("coverage") else None,
        told_by=Sum.read(told["told_by"]) if told.get("told_by") else None,
        young=Sum.read(told["young"]) if told.get("young") else None,
        details={name: Sum.read(text) for name, text in told.get("details", {}).items()},
        means={name: Division.read(text) for name, text in told.get("means", {}).items()},
        details_per=told.get("details_per", 1),
        reads=tuple(told.get("reads", ())),
        # what was spent belongs to no seller and no customer
        narrowed_by_own=told.get("narrowed_by_own", bool(told.get("reads"))),
    )
    value = one.total or (one.ratio and one.ratio.bottom) or (one.mean and one.mean.bottom)
    facts = _parts(told.get("facts", ())) or (value.parts if value else one.parts)
    return replace(one.with_parts(), facts=facts)


def _parts(names: Iterable[str]) -> tuple[Part, ...]:
    return tuple(Part[name.upper()] for name in names)


CATALOGUE: dict[str, Metric] = _read()
