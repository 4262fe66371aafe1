"""What answers come to: shares, scores, and tables in which nobody can be recognised."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from crm_contacts.portraits.rules import FEWEST, ratio

NOBODY_SAID = "no_data"
TOO_FEW = "too_few"
# CSAT: the share of those who gave four or five; NPS: promoters less detractors
CONTENT, PROMOTER, DETRACTOR = 4, 9, 6
Pair = tuple[str, str]
_PLACES = Decimal("0.0001")


def score_figure(kind: str, scores: Sequence[Decimal]) -> dict[str, Any]:
    """Return what scores come to: CSAT and NPS by their formulas, the mean of any scale."""
    if not scores:
        return {"value": None, "mean": None, "n": 0, "reason": NOBODY_SAID}
    n = len(scores)
    mean = str((sum(scores, Decimal(0)) / n).quantize(_PLACES))
    value = mean
    if kind == "csat":
        value = str(ratio(sum(one >= CONTENT for one in scores), n))
    if kind == "nps":
        balance = sum((one >= PROMOTER) - (one <= DETRACTOR) for one in scores)
        value = str((Decimal(100 * balance) / n).quantize(Decimal("0.1")))
    return {"value": value, "mean": mean, "n": n, "reason": None}


def shares(values: Iterable[Any]) -> list[dict[str, Any]]:
    """Return how often each answer was given; of `several` each option that was ticked."""
    counted = Counter(
        str(one) for value in values for one in (value if isinstance(value, list) else [value])
    )
    total = sum(counted.values())
    return [
        {"value": value, "n": n, "share": ratio(n, total)}
        for value, n in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    ]


def table_of(pairs: Iterable[Pair], *, fewest: int = FEWEST) -> dict[str, Any]:
    """Return a cross table: counts, percentages of row and column; small cells left out.

    A cell of fewer people than `fewest` is hidden; where a row or a column has only one that is
    hidden, its smallest neighbour is hidden too, so that no total gives it away.
    """
    counts = Counter(pairs)
    rows = sorted({row for row, _ in counts})
    columns = sorted({column for _, column in counts})
    of_rows = {row: sum(counts[row, one] for one in columns) for row in rows}
    of_columns = {column: sum(counts[one, column] for one in rows) for column in columns}
    hidden = _hidden(counts, rows, columns, fewest)
    return {
        "columns": [_total(one, of_columns[one], fewest) for one in columns],
        "rows": [
            {
                **_total(row, of_rows[row], fewest),
                "cells": [
                    _cell(
                        None if (row, one) in hidden else counts[row, one],
                        of_rows[row],
                        of_columns[one],
                    )
                    for one in columns
                ],
            }
            for row in rows
        ],
        "n": _shown(sum(counts.values()), fewest),
        "hidden_cells": len(hidden),
    }


def _hidden(
    counts: Mapping[Pair, int], rows: Sequence[str], columns: Sequence[str], fewest: int
) -> set[Pair]:
    hidden = {pair for pair, n in counts.items() if 0 < n < fewest}
    lines = [[(row, column) for column in columns] for row in rows]
    lines += [[(row, column) for row in rows] for column in columns]
    while True:
        alone = [line for line in lines if sum(cell in hidden for cell in line) == 1]
        more = {
            min(others, key=lambda cell: (counts.get(cell, 0) == 0, counts.get(cell, 0), cell))
            for line in alone
            if (others := [cell for cell in line if cell not in hidden])
        }
        if not more:
            return hidden
        hidden |= more


def _cell(n: int | None, of_row: int, of_column: int) -> dict[str, Any]:
    if n is None:
        return {"n": None, "of_row": None, "of_column": None, "reason": TOO_FEW}
    return {"n": n, "of_row": ratio(n, of_row), "of_column": ratio(n, of_column), "reason": None}


def _total(label: str, n: int, fewest: int) -> dict[str, Any]:
    return {"value": label, "n": _shown(n, fewest)}


def _shown(n: int, fewest: int) -> int | None:
    return n if n >= fewest or not n else None


def flat(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a table as lines of a file, one per cell."""
    columns = [one["value"] for one in table["columns"]]
    return [
        {"row": row["value"], "column": column, **cell}
        for row in table["rows"]
        for column, cell in zip(columns, row["cells"], strict=True)
    ]
