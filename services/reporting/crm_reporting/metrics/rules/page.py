"""docs/metrics.md, written from the catalogue: `python -m crm_reporting.metrics.rules.page`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from crm_reporting.metrics.rules.catalogue import CATALOGUE, Metric
from crm_reporting.metrics.rules.words import excluded

PAGE = Path(__file__).parents[5] / "docs" / "metrics.md"
HEAD = """# Metrics

Written from the catalogue in `services/reporting`; a test fails when it is stale. Every metric is
read by `GET /v1/metrics/{id}?from=&to=` (local days, `to` not included) and may be cut `by` a
dimension, into a series by `interval`, and compared by `compare=previous|last_year`. `outcome`
is `restate` (a deal counts once, where the closing in force lies) or `ledger` (every closing stays
where it was booked, a reopening is booked as its reversal). `facts_url` in the answer lists the
rows behind the value, `GET /v1/metrics/{id}/explain` tells where it comes from in words of three
languages. A value that cannot be told is null and has a `reason`. `as_of` tells what was known at
that instant.
"""


def page() -> str:
    """Return the page: one chapter a metric."""
    return "\n".join([HEAD, *(line for metric in CATALOGUE.values() for line in _chapter(metric))])


def _chapter(metric: Metric) -> Iterator[str]:
    yield f"## {metric.id}"
    yield ""
    yield f"**{metric.title['en']}** · {metric.title['uk']} · {metric.title['ru']}"
    yield ""
    yield metric.formula["en"]
    yield ""
    yield f"- unit: {metric.unit}; better: {metric.direction}; version {metric.version}"
    yield f"- from the acceptance list: {metric.source}"
    yield f"- by: {', '.join(metric.dimensions) or 'nothing'}"
    if metric.variants:
        yield f"- variant: {', '.join(metric.variants)} (the first is the default)"
    if metric.needs:
        yield f"- **null** (`no_input`) until there are {metric.needs['en']}"
    if metric.reads:
        yield f"- only for who may read {' and '.join(metric.reads)}"
    if metric.inputs:
        yield f"- made of: {', '.join(metric.inputs)}"
    if metric.leaves_out:
        yield f"- left out: {' '.join(excluded(name)['en'] for name in metric.leaves_out)}"
    yield ""


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page())
    sys.stdout.write(f"written: {PAGE.name}\n")
