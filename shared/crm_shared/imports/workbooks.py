"""XLSX as a stream of records: the file lies on disk, one row of its first sheet in memory."""

import tempfile
import weakref
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any

from crm_shared.imports.cells import Canonical
from crm_shared.imports.errors import FileError

XLSX = "xlsx"
MAGIC = b"PK\x03\x04"
MOST_CHARACTERS = 131_072
# what unfolds in memory (texts that cells share, styles) and what only flows through it (sheets)
MOST_UNFOLDED_BYTES = 256 * 1024**2
MOST_BYTES = 8 * 1024**3
# as many as a sheet can have: one that names a row beyond would be waited for, blank after blank
MOST_ROWS = 1_048_576
_TYPES, _SHEETS = "[Content_Types].xml", "xl/worksheets/"
_IS_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_BROKEN = FileError("malformed", "The file is not a workbook (XLSX), or it is damaged.")
_TOO_LARGE = FileError("too-large-inside", "The workbook unfolds into more than can be read.")


class WorkbookRecords:
    """Yields (row, cells) of the first sheet; blank rows are left out."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.row = 0
        self._pieces = pieces
        self._rows: Iterator[Sequence[Any]] | None = None
        self._width = 0

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        return self

    def __next__(self) -> tuple[int, list[str]]:
        if self._rows is None:
            file = spooled(self._pieces)
            # a reader may be dropped in the middle: its file goes with it
            weakref.finalize(self, file.close)
            self._rows = _rows_of(file)
        while True:
            cells = self._next(self._rows)
            self.row += 1
            if self.row > MOST_ROWS:
                raise FileError(_BROKEN.code, _BROKEN.detail, row=MOST_ROWS)
            if any(cell.strip() for cell in cells):
                return self.row, self._as_wide_as_the_first(cells)

    def _next(self, rows: Iterator[Sequence[Any]]) -> list[str]:
        try:
            return [_text(value) for value in next(rows)]
        except (StopIteration, FileError):
            raise
        except Exception as broken:
            # the library says by all kinds of exceptions that a sheet is not what it claims
            raise FileError(_BROKEN.code, _BROKEN.detail, row=self.row + 1) from broken

    def _as_wide_as_the_first(self, cells: list[str]) -> list[str]:
        # a sheet ends a row at its last cell in use: what is missing or empty behind says nothing
        if not self._width:
            while cells and not cells[-1].strip():
                cells.pop()
            self._width = len(cells)
        if len(cells) < self._width:
            return cells + [""] * (self._width - len(cells))
        if any(cell.strip() for cell in cells[self._width :]):
            return cells
        return cells[: self._width]


def spooled(pieces: Iterable[bytes]) -> IO[bytes]:
    """Return the pieces as a file on disk."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 it lives as long as its reader
    for piece in pieces:
        file.write(piece)
    return file


def read_workbook_header(file: IO[bytes]) -> list[str]:
    """Return the names of the columns of the first sheet."""
    try:
        _row, names = next(WorkbookRecords(_whole(file)))
    except StopIteration:
        raise FileError("empty-file", "The file is empty: it needs a row of names.") from None
    return [name.strip() for name in names]


def _whole(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(1024 * 1024):
        yield piece


def _rows_of(file: IO[bytes]) -> Iterator[Sequence[Any]]:
    file.seek(0)
    # a tenth of a second of every program's start, and few of them ever read a workbook
    from openpyxl import load_workbook  # noqa: PLC0415

    try:
        _weigh(file)
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        # what the sheet says of its own size is often wrong, and cuts rows off
        sheet.reset_dimensions()
        rows: Iterator[Sequence[Any]] = iter(sheet.iter_rows(values_only=True))
    except FileError:
        raise
    except Exception as broken:
        raise FileError(_BROKEN.code, _BROKEN.detail) from broken
    return rows


def _weigh(file: IO[bytes]) -> None:
    with zipfile.ZipFile(file) as folder:
        sizes = {info.filename: info.file_size for info in folder.infolist()}
        if sizes.get(_TYPES, 0) > MOST_UNFOLDED_BYTES:
            raise FileError(_TOO_LARGE.code, _TOO_LARGE.detail)
        flowing = _flowing(folder)
    # whatever is no sheet is read whole, be it named styles, a theme or properties
    unfolded = sum(size for name, size in sizes.items() if name not in flowing)
    if unfolded > MOST_UNFOLDED_BYTES or sum(sizes.values()) > MOST_BYTES:
        raise FileError(_TOO_LARGE.code, _TOO_LARGE.detail)


def _flowing(folder: zipfile.ZipFile) -> set[str]:
    """Return the parts that the file calls sheets, and nothing else besides."""
    from openpyxl.xml.functions import fromstring  # noqa: PLC0415 - as above

    kinds: dict[str, set[str]] = {}
    for part in fromstring(folder.read(_TYPES)):
        kinds.setdefault(part.get("PartName", "").lstrip("/"), set()).add(part.get("ContentType"))
    return {
        name for name, kind in kinds.items() if kind == {_IS_SHEET} and name.startswith(_SHEETS)
    }


def _text(value: Any) -> str:
    """Return a cell as text; what the sheet knows to be a number or a day stays beyond doubt."""
    if value is None:
        return ""
    if isinstance(value, str):
        if len(value) > MOST_CHARACTERS:
            detail = f"A cell is larger than {MOST_CHARACTERS} characters."
            raise FileError("cell-too-large", detail)
        return value
    return Canonical(_known(value))


def _known(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # a sheet keeps every number as a float: 380501112233.0 is a telephone, 0.1 is 0.1
        return format(Decimal(repr(value)).normalize(), "f")
    if isinstance(value, datetime):
        is_day = value.time() == time()
        return value.date().isoformat() if is_day else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)
