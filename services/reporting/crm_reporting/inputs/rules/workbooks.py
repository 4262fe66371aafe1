"""The workbook itself: rows into XLSX and back, each cell known by its name."""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from crm_reporting.inputs.rules.measures import FIGURES, title_of
from crm_reporting.inputs.rules.sheets import LANGUAGES, MONTHS, NAMES, RULES, SHEETS, Sheet, Words

KEYS, FIRST = 1, 5
MOST_ROWS = 2000
MOST_BYTES = 64 * 1024 * 1024
NOTES = "notes"
FLAGS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False,
         "так": True, "ні": False, "да": True, "нет": False}  # fmt: skip
FLAGGED = frozenset({"is_goal", "is_monthly"})
WHOLE = frozenset({"working_days", "revision"})
NUMBERS = frozenset({*MONTHS, "value", "amount", "fte", "pay", "hours", "rate", "users", "price"})


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong with one cell: its sheet, its name in it, the rule."""

    sheet: str
    cell: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One filled row: values by column, and its number."""

    sheet: Sheet
    number: int
    values: dict[str, Any]

    def cell_of(self, column: str) -> str:
        """Return the name of a cell, such as C7; the row's first when it has no such column."""
        columns = self.sheet.columns
        place = columns.index(column) + 1 if column in columns else 1
        return f"{get_column_letter(place)}{self.number}"


class UnreadableError(Exception):
    """No workbook, or one that is too large; says which rule."""


def write(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """Return the workbook: a sheet a kind of input with what is there, and one of notes."""
    book = Workbook()
    book.remove(book.active)
    for sheet in SHEETS:
        page = book.create_sheet(sheet.noun)
        for place, column in enumerate(sheet.columns, start=1):
            _put(page.cell(KEYS, place), column)
            page.cell(KEYS, place).font = Font(color="808080", size=8)
            for line, words in enumerate(NAMES[column], start=KEYS + 1):
                _put(page.cell(line, place), words)
                page.cell(line, place).font = Font(bold=True)
            page.column_dimensions[get_column_letter(place)].width = 18
        page.freeze_panes = page.cell(FIRST, 1)
        for number, row in enumerate(rows.get(sheet.noun, ()), start=FIRST):
            for place, column in enumerate(sheet.columns, start=1):
                _put(page.cell(number, place), row.get(column))
    _write_notes(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(file: bytes) -> tuple[list[SheetRow], list[CellFault]]:
    """Return the filled rows of a workbook, and the cells that cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as folder:
            if sum(info.file_size for info in folder.infolist()) > MOST_BYTES:
                raise UnreadableError("unpacked it is too large")
        # with formulas as they are: a cell that holds one is refused, whatever it shows
        book = load_workbook(io.BytesIO(file), data_only=False, keep_links=False)
    except UnreadableError:
        raise
    except Exception as broken:
        raise UnreadableError("it is no XLSX workbook") from broken
    rows: list[SheetRow] = []
    faults = _unknown_sheets(book)
    for sheet in SHEETS:
        if sheet.noun in book.sheetnames:
            page = book[sheet.noun]
            moved = _moved_columns(page, sheet)
            faults += moved
            for row, wrong in () if moved else _rows_of(page, sheet):
                rows.append(row)
                faults += wrong
    return rows, faults


def _unknown_sheets(book: Workbook) -> list[CellFault]:
    """Return the sheets that nobody would read: who renamed one believes that it was taken."""
    known = [sheet.noun for sheet in SHEETS]
    rule = f"There is no such sheet. Known: {', '.join((*known, NOTES))}."
    return [
        CellFault(name, "A1", "unknown-sheet", rule)
        for name in book.sheetnames
        if name not in (*known, NOTES)
    ]


def _moved_columns(page: Any, sheet: Sheet) -> list[CellFault]:
    """Return the cells of row 1 that do not say what their column is."""
    found = []
    for place, column in enumerate(sheet.columns, start=1):
        if page.cell(KEYS, place).value != column:
            cell = f"{get_column_letter(place)}{KEYS}"
            rule = f"Row 1 was changed: here stands {column}."
            found.append(CellFault(sheet.noun, cell, "changed-header", rule))
    return found


def _rows_of(page: Any, sheet: Sheet) -> Iterator[tuple[SheetRow, list[CellFault]]]:
    if page.max_row > FIRST + MOST_ROWS:
        raise UnreadableError(f"{sheet.noun} has more than {MOST_ROWS} rows")
    for cells in page.iter_rows(min_row=FIRST, max_col=len(sheet.columns)):
        if all(cell.value in (None, "") for cell in cells):
            continue
        row = SheetRow(sheet, cells[0].row, {})
        faults = []
        for column, cell in zip(sheet.columns, cells, strict=True):
            try:
                row.values[column] = _value(column, cell)
            except _CellError as wrong:
                where = row.cell_of(column)
                faults.append(CellFault(sheet.noun, where, wrong.code, wrong.detail))
        yield row, faults


class _CellError(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


def _value(column: str, cell: Any) -> Any:
    if cell.data_type == "f":
        raise _CellError("formula", "Formulas are not taken: type the value.")
    if cell.data_type == "e":
        raise _CellError("error", "The cell holds an error.")
    value = cell.value.strip() if isinstance(cell.value, str) else cell.value
    if value in (None, ""):
        return None
    if column in FLAGGED:
        return _flag(value)
    if column in NUMBERS or column in WHOLE:
        return _number(value)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, float):
        # a sheet keeps every number as a float
        return format(Decimal(repr(value)).normalize(), "f")
    return value if isinstance(value, str | date) else str(value)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = FLAGS.get(str(value).lower())
    if known is None:
        raise _CellError("flag", "Say true or false.")
    return known


def _number(value: Any) -> Decimal:
    if isinstance(value, bool | date):
        raise _CellError("number", "Must be a number.")
    if isinstance(value, str):
        value = value.replace(" ", "").replace("\u00a0", "").replace(",", ".")
    try:
        return Decimal(repr(value) if isinstance(value, float) else str(value))
    except InvalidOperation:
        raise _CellError("number", "Must be a number.") from None


def _put(cell: Any, value: Any) -> None:
    """Write a value; text stays text, also where a spreadsheet would take it for a formula."""
    if isinstance(value, str):
        cell.value = value
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in ("=", "+", "-", "@")
    else:
        cell.value = value


def _write_notes(book: Workbook) -> None:
    page = book.create_sheet(NOTES)
    lines: list[tuple[str, Words]] = [("", ("English", "Українська", "Русский"))]
    lines += [("", rule) for rule in RULES]
    lines += [(sheet.noun, sheet.title) for sheet in SHEETS]
    lines += [(sheet.noun, sheet.note) for sheet in SHEETS]
    for metric in FIGURES:
        title = title_of(metric)
        lines.append((metric, (title["en"], title["uk"], title["ru"])))
    for number, (key, words) in enumerate(lines, start=1):
        _put(page.cell(number, 1), key)
        for place, text in enumerate(words, start=2):
            _put(page.cell(number, place), text)
            page.cell(number, place).alignment = Alignment(wrap_text=True, vertical="top")
    page.column_dimensions["A"].width = 26
    for place in range(2, 2 + len(LANGUAGES)):
        page.column_dimensions[get_column_letter(place)].width = 60
