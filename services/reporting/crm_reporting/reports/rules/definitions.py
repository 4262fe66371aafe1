"""The definitions of all reports, read once from the files beside; a wrong one stops the process.

A figure is written `metric`, `metric:variant` or `metric#detail`.
"""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from crm_reporting.metrics.rules.catalogue import CATALOGUE, Dimension, Metric, Texts

FILES = ("sales", "people", "company")
SHARE = "share"
# groups of customers are a metric's own cut: nothing is asked for them
CLASS = "class"
Kind = Literal[
    "figures", "own", "cut", "series", "scenarios", "pareto", "coverage", "plans", "losses",
    "cohorts", "campaigns", "audit_needed", "audit_demanded", "audit_process", "audit_features",
    "effect_months", "effect_components", "effect_before_after",
]  # fmt: skip
PictureKind = Literal["bars", "columns", "lines", "funnel", "pareto", "heat"]


@dataclass(frozen=True, slots=True)
class FigureName:
    """What a column or row shows: a metric, one of its variants, one of its details."""

    written: str
    metric: Metric
    variant: str | None
    detail: str | None

    @classmethod
    def read(cls, written: str) -> "FigureName":
        """Read what a definition wrote; raises KeyError or ValueError where there is no such."""
        whole, _hash, detail = written.partition("#")
        name, _colon, variant = whole.partition(":")
        metric = CATALOGUE[name]
        if variant and variant not in metric.variants:
            raise ValueError(f"{written}: {name} has no such variant")
        return cls(written, metric, variant or None, detail or None)


@dataclass(frozen=True, slots=True)
class PictureOf:
    """How a table is drawn, and which of its columns."""

    kind: PictureKind
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableOf:
    """One table of a report."""

    id: str
    kind: Kind
    title: Texts
    figures: tuple[FigureName, ...]
    by: Dimension | None
    picture: PictureOf | None


@dataclass(frozen=True, slots=True)
class Definition:
    """One report."""

    id: str
    title: Texts
    about: Texts
    packs: tuple[str, ...]
    period: Literal["year", "quarter"]
    tables: tuple[TableOf, ...]
    needs: str  # the permission without which there is nothing to read

    @property
    def pictures(self) -> tuple[str, ...]:
        return tuple(table.id for table in self.tables if table.picture)


def _read() -> dict[str, Definition]:
    found: dict[str, Definition] = {}
    for name in FILES:
        text = files("crm_reporting.reports.catalogue").joinpath(f"{name}.toml").read_text("utf-8")
        for report_id, entry in tomllib.loads(text).items():
            found[report_id] = Definition(
                report_id,
                entry["title"],
                entry["about"],
                tuple(entry["packs"]),
                entry.get("period", "year"),
                tuple(_table(one) for one in entry["tables"]),
                entry.get("needs", "metrics:read"),
            )
    return found


def _table(entry: dict[str, Any]) -> TableOf:
    by, picture = entry.get("by"), entry.get("picture")
    return TableOf(
        entry["id"],
        entry["kind"],
        entry["title"],
        tuple(FigureName.read(one) for one in entry.get("figures", ())),
        Dimension(by) if by and by != CLASS else None,
        PictureOf(picture["kind"], tuple(picture["of"])) if picture else None,
    )


REPORTS: dict[str, Definition] = _read()
# plans are of an owner, a team or the company: nothing else narrows them
OF_PLANS = frozenset({"owner_id", "team_id"})


def refused_filters(definition: Definition, names: Collection[str]) -> list[str]:
    """Return the filters that a report has no figures for: they would only be its name."""
    if not any(table.kind == "plans" for table in definition.tables):
        return []
    return sorted(set(names) - OF_PLANS)


def title_of(report: str, language: str) -> str:
    """Return what a report is called; one that there is no more, its id."""
    titles = REPORTS[report].title if report in REPORTS else {}
    return next((text for name, text in titles.items() if name == language), report)
