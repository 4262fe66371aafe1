"""The two kinds of file: CSV that flows out page by page, XLSX that is finished before it goes."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from crm_shared.exports.columns import Column, Kind
from crm_shared.exports.formulas import harmless

ROWS_OF_A_SHEET = 1_048_576
MOST_CHARACTERS_OF_A_CELL = 32_767
MOST_DIGITS_OF_A_CELL = 15
PIECE = 256 * 1024


class CsvPages:
    """Turns pages of rows into pieces of a CSV file (UTF-8 with its mark, which Excel asks for)."""

    def __init__(self, columns: Sequence[Column], language: str | None) -> None:
        self._columns = columns
        self._labels = [column.label(language) for column in columns]

    def head(self) -> bytes:
        """Return the row of names."""
        return b"\xef\xbb\xbf" + self._written([[harmless(label) for label in self._labels]])

    def page(self, rows: Sequence[Any]) -> bytes:
        """Return these rows."""
        return self._written(
            [[self._text(column, row) for column in self._columns] for row in rows]
        )

    @staticmethod
    def _text(column: Column, row: Any) -> str:
        value = column.cell(row)
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        # a number stays a number, be it below nothing; only texts can be formulas
        return str(value) if column.kind is Kind.NUMBER else harmless(str(value))

    @staticmethod
    def _written(rows: Sequence[Sequence[str]]) -> bytes:
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        return text.getvalue().encode()


class XlsxPages:
    """Writes pages of rows into a workbook on disk: one row in memory, texts never calculated."""

    def __init__(
        self, file: IO[bytes], columns: Sequence[Column], language: str | None, zone: ZoneInfo
    ) -> None:
        self._columns = columns
        self._labels = [column.label(language) for column in columns]
        self._zone = zone
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        }
        self._book = Workbook(file, options)
        self._moment: Format = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._day: Format = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._sheet: Worksheet
        self._row = 0
        self._begin_sheet()

    def add(self, rows: Sequence[Any]) -> None:
        """Write these rows; behind the last row of a sheet another sheet begins."""
        for row in rows:
            if self._row == ROWS_OF_A_SHEET:
                self._begin_sheet()
            for place, column in enumerate(self._columns):
                self._put(place, column.kind, column.cell(row))
            self._row += 1

    def close(self) -> None:
        """Finish the file."""
        self._book.close()

    def _begin_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        for place, label in enumerate(self._labels):
            self._sheet.write_string(0, place, label)
        self._sheet.freeze_panes(1, 0)
        self._row = 1

    def _put(self, place: int, kind: Kind, value: Any) -> None:
        sheet, row = self._sheet, self._row
        if value is None or value == "":
            return
        if isinstance(value, bool):
            sheet.write_boolean(row, place, value)
        elif kind is Kind.NUMBER and _fits_a_number(str(value)):
            sheet.write_number(row, place, Decimal(str(value)))
        elif kind is Kind.MOMENT:
            # a spreadsheet knows no zones: it shows the company's own time
            local = datetime.fromisoformat(str(value)).astimezone(self._zone)
            sheet.write_datetime(row, place, local.replace(tzinfo=None), self._moment)
        elif kind is Kind.DAY:
            sheet.write_datetime(row, place, date.fromisoformat(str(value)), self._day)
        else:
            sheet.write_string(row, place, str(value)[:MOST_CHARACTERS_OF_A_CELL])


def _fits_a_number(text: str) -> bool:
    # a spreadsheet keeps fifteen digits: longer numbers stay whole as text
    with suppress(ValueError, ArithmeticError):
        return len(Decimal(text).as_tuple().digits) <= MOST_DIGITS_OF_A_CELL
    return False


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Read a finished file piece by piece."""
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece
