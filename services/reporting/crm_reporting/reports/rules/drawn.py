"""What of a table is drawn: which rows, by which names, with which words beside."""

from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from crm_reporting.metrics.rules.catalogue import Language
from crm_reporting.metrics.rules.numbers import Unit
from crm_reporting.metrics.rules.writing import NO_BREAK
from crm_reporting.reports.rules.tables import Column, Row, Table
from crm_reporting.reports.rules.words import number

MOST_BARS, THOUSAND = 20, 1000


def is_worth_drawing(table: Table) -> bool:
    """Tell whether a picture would show more than an axis: some value is not nought."""
    ids = {column.id for column in table.columns}
    drawn = [name for name in (table.picture.of if table.picture else ()) if name in ids]
    cells = (row.cells.get(name) for row in table.rows for name in drawn)
    return any(cell is not None and cell.value and float(cell.value) for cell in cells)


def barred(rows: Sequence[Row], column: Column) -> Sequence[Row]:
    """Return the rows that have a bar; of shares a nought says as much as a bar."""
    if column.unit in (Unit.COUNT, Unit.MONEY):
        rows = [row for row in rows if value_of(row, column)]
    return rows[:MOST_BARS]


def value_of(row: Row, column: Column) -> float | None:
    """Return a cell's value as a length."""
    cell = row.cells.get(column.id)
    return None if cell is None or cell.value is None else float(cell.value)


def told_of(row: Row, column: Column, language: Language, *, of: float | None) -> str:
    """Return what stands beside a bar; of a funnel also which part of its beginning that is."""
    cell = row.cells.get(column.id)
    if cell is None or cell.value is None:
        return "–"
    text = number(_short(cell.value), row.unit_of(column), language)
    if not of:
        return text
    part = Decimal(cell.value) * 100 / Decimal(str(of))
    return f"{text}  ·  {part:.0f}{NO_BREAK}%"


def _short(value: str) -> str:
    """Leave out what nobody reads off a bar: the table has it to the cent."""
    exact = Decimal(value)
    digits = Decimal(1) if abs(exact) >= THOUSAND else Decimal("0.1")
    return f"{exact.quantize(digits, ROUND_HALF_UP).normalize():f}"


def labels_of(rows: Sequence[Row], most: int) -> list[str]:
    """Return the labels, cut short; two that are alike then would share one bar: numbered."""
    seen: Counter[str] = Counter()
    found = []
    for row in rows:
        text = (row.drawn_as or row.label).strip()
        short = text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
        seen[short] += 1
        found.append(short if seen[short] == 1 else f"{short} ({seen[short]})")
    return found
