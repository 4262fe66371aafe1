"""A result as rows of text, safe to open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable

from crm_reporting.metrics.rules.results import Result, Shown
from crm_shared.exports.formulas import harmless

NUMBER = re.compile(r"-?\d+(\.\d+)?")
FIGURE = ("value", "numerator", "denominator", "n", "coverage", "reason")


def csv_of(result: Result) -> str:
    """Return the breakdown, else the series, else the one figure, as CSV."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in _rows(result):
        writer.writerow([_safe(cell) for cell in row])
    return out.getvalue()


def _rows(result: Result) -> Iterable[tuple[object, ...]]:
    details = tuple(result.total.details)
    if result.breakdown:
        yield ("key", "label", "share", *FIGURE, *details)
        for part in result.breakdown:
            yield (part.key, part.label, part.share, *_figure(part.shown, details))
    elif result.series:
        yield ("start", "end", *FIGURE, *details)
        for bucket in result.series:
            yield (bucket.start, bucket.end, *_figure(bucket.shown, details))
    else:
        yield ("start", "end", *FIGURE, *details)
        yield (result.ask.period.start, result.ask.period.end, *_figure(result.total, details))


def _figure(shown: Shown, details: tuple[str, ...]) -> tuple[object, ...]:
    figures = (getattr(shown, name) for name in FIGURE)
    return (*figures, *(shown.details.get(name) for name in details))


def _safe(cell: object) -> str:
    """A cell that a spreadsheet would run as a formula is shown as the text it is."""
    text = "" if cell is None else str(cell)
    return text if NUMBER.fullmatch(text) else harmless(text)
