"""A report as files: CSV, one table after the other, and a workbook with a sheet a table."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from textwrap import shorten
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from crm_reporting.metrics.rules.catalogue import Language
from crm_reporting.metrics.rules.numbers import Unit
from crm_reporting.metrics.rules.periods import Interval
from crm_reporting.metrics.rules.words import sums_of
from crm_reporting.reports.rules.tables import DAY, Cell, Column, Report, Row, Table
from crm_reporting.reports.rules.words import moment, say, titled, unit_beside
from crm_shared.exports.formulas import harmless

MARK = "\ufeff"  # by which Excel knows UTF-8
NUMBER = re.compile(r"-?\d+(\.\d+)?")
MOST_DIGITS = 15
SHEET_NAME = 31
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
LOOKS = {Unit.MONEY: "#,##0.00", Unit.COUNT: "#,##0", Unit.PERCENT: '0.00" %"'}
# the language of a month's name is the reader's, whatever his computer speaks
MONTHS: dict[Language, str] = {
    "en": "[$-409]mmmm yyyy", "uk": "[$-422]mmmm yyyy", "ru": "[$-419]mmmm yyyy",
}  # fmt: skip
DAYS: dict[Language, str] = {"en": "d mmm yyyy", "uk": "dd.mm.yyyy", "ru": "dd.mm.yyyy"}
LETTERS_OF_A_MONTH = 7
COLUMN, FIRST, WIDEST = 16, 28, 56


def csv_of(report: Report, tables: Sequence[Table]) -> bytes:
    """Return tables one below the other, each with its name when there are several."""
    out = io.StringIO()
    writer = csv.writer(out)
    for table in tables:
        if len(tables) > 1:
            writer.writerow([harmless(table.title)])
        writer.writerow([harmless(one) for one in _head(report, table)])
        for row in _rows(table):
            name = _day_told(table, row) or _named(report, table, row)
            writer.writerow([harmless(name), *(_text(cell) for cell in _cells(table, row))])
        for told in _reasons(report, table):
            writer.writerow([harmless(told)])
        if len(tables) > 1:
            writer.writerow([])
    if report.is_past:
        writer.writerow([f"{say('says', 'known_at', report.language)}: {report.as_of.isoformat()}"])
    return f"{MARK}{out.getvalue()}".encode()


def xlsx_of(report: Report, tables: Sequence[Table]) -> bytes:
    """Return a workbook: what the report shows, then a sheet a table; texts are never run."""
    out = io.BytesIO()
    options = {
        "constant_memory": True, "in_memory": True, "strings_to_formulas": False,
        "strings_to_numbers": False, "strings_to_urls": False,
    }  # fmt: skip
    book = Workbook(out, options)
    looks: dict[str, Any] = {
        unit: book.add_format({"num_format": look}) for unit, look in LOOKS.items()
    }
    looks["other"] = book.add_format({"num_format": "#,##0.00"})
    looks[DAY] = book.add_format({"num_format": DAYS[report.language], "align": "left"})
    looks[Interval.MONTH] = book.add_format(
        {"num_format": MONTHS[report.language], "align": "left"}
    )
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    front = book.add_worksheet(_sheet(report.title))
    front.set_column(0, 0, 110)
    for line, text in enumerate(_front(report)):
        front.write_string(line, 0, text, bold if not line else None)
    taken = {_sheet(report.title).casefold()}
    for number, table in enumerate(tables, start=1):
        name = _sheet(table.title)
        if name.casefold() in taken:
            name = _sheet(f"{number} {table.title}")
        taken.add(name.casefold())
        _fill(book.add_worksheet(name), report, table, looks, bold)
    book.close()
    return out.getvalue()


def _fill(sheet: Worksheet, report: Report, table: Table, looks: dict[str, Any], bold: Any) -> None:
    names = [table.rows_are, *(_named(report, table, row) for row in _rows(table))]
    sheet.set_column(0, 0, min(max(FIRST, *map(len, names)) + 2, WIDEST))
    sheet.set_column(1, max(len(table.columns), 1), COLUMN)
    for place, text in enumerate(_head(report, table)):
        sheet.write_string(0, place, text, bold)
    sheet.freeze_panes(1, 1)
    line = 0
    for line, row in enumerate(_rows(table), start=1):
        _name(sheet, line, report, table, row, looks)
        for place, column in enumerate(table.columns, start=1):
            cell = row.cells.get(column.id)
            if cell is not None and cell.value is not None:
                _put(sheet, (line, place), cell.value, row.unit_of(column), looks)
    for number, told in enumerate(_reasons(report, table), start=line + 2):
        sheet.write_string(number, 0, told)


def _name(
    sheet: Worksheet, line: int, report: Report, table: Table, row: Row, looks: dict[str, Any]
) -> None:
    look = looks.get(Interval.MONTH if table.bucket is Interval.MONTH else DAY)
    if row.key and table.bucket in (Interval.DAY, Interval.WEEK, Interval.MONTH):
        sheet.write_datetime(line, 0, date.fromisoformat(row.key), look)
    else:
        sheet.write_string(line, 0, _named(report, table, row))


def _put(
    sheet: Worksheet, at: tuple[int, int], value: str, unit: str, looks: dict[str, Any]
) -> None:
    if unit == DAY:
        sheet.write_datetime(*at, date.fromisoformat(value), looks[DAY])
    elif NUMBER.fullmatch(value) and len(value.strip("-").replace(".", "")) <= MOST_DIGITS:
        sheet.write_number(*at, Decimal(value), looks.get(unit, looks["other"]))
    else:
        sheet.write_string(*at, value)


def _front(report: Report) -> Iterator[str]:
    language = report.language
    yield report.title
    yield report.about
    yield from report.filters
    yield f"{say('says', 'money_in', language)} {report.currency}"
    said = "known_at" if report.is_past else "made"
    yield f"{say('says', said, language)}: {moment(report)}"
    if report.unconverted:
        sums = sums_of(report.unconverted, language)
        yield f"{say('says', 'unconverted', language)}: {sums}"


def _head(report: Report, table: Table) -> list[str]:
    return [table.rows_are, *(titled(report, table, column) for column in table.columns)]


def _named(report: Report, table: Table, row: Row) -> str:
    unit = unit_beside(row, table.currency or report.currency, report.language)
    return f"{row.label}, {unit}" if unit else row.label


def _day_told(table: Table, row: Row) -> str | None:
    """Return the stretch of time that a row is, as programs sort it."""
    if table.bucket is None or row.key is None:
        return None
    return row.key[:LETTERS_OF_A_MONTH] if table.bucket is Interval.MONTH else row.key


def _rows(table: Table) -> list[Row]:
    return [*table.rows, *([table.total] if table.total else [])]


def _cells(table: Table, row: Row) -> Iterator[tuple[Column, Cell | None]]:
    for column in table.columns:
        yield column, row.cells.get(column.id)


def _text(told: tuple[Column, Cell | None]) -> str:
    _column, cell = told
    if cell is None or cell.value is None:
        return ""
    return cell.value if NUMBER.fullmatch(cell.value) else harmless(cell.value)


def _reasons(report: Report, table: Table) -> Iterator[str]:
    yield from table.notes
    if table.reason:
        yield say("reasons", table.reason, report.language)
    for names, reason in reasons_in(table):
        yield f"{', '.join(names)}: {say('reasons', reason, report.language)}"


def reasons_in(table: Table) -> list[tuple[list[str], str]]:
    """Return why cells are empty: for each reason the columns, or the rows where these differ."""
    found: dict[str, dict[str, None]] = {}
    own_rows = any(row.unit for row in table.rows)
    for row in _rows(table):
        for column in table.columns:
            cell = row.cells.get(column.id)
            if cell is not None and cell.value is None and cell.reason:
                name = row.label if own_rows else column.title
                found.setdefault(cell.reason, {})[name] = None
    places = {column.title: place for place, column in enumerate(table.columns)}
    # in the order in which one reads them; rows came so
    return [
        (sorted(names, key=lambda name: places.get(name, 0)), reason)
        for reason, names in found.items()
    ]


def _sheet(title: str) -> str:
    """Return the name of a sheet: Excel takes few letters, and words are left whole."""
    name = " ".join(FORBIDDEN.sub(" ", title).split())
    return shorten(name, SHEET_NAME, placeholder="") if " " in name else name[:SHEET_NAME]
