"""CSV as a stream of records: never more of the file in memory than one piece and one line."""

import codecs
import csv
from collections.abc import Iterator

from crm_shared.exports.formulas import as_it_was
from crm_shared.imports.errors import FileError

DELIMITERS = (",", ";", "\t", "|")
MOST_CHARACTERS_IN_A_LINE = 1_000_000
_TOO_LARGE = f"A cell is larger than {csv.field_size_limit()} characters."


class Records:
    """Yields (row, cells): rows count as a spreadsheet does, blank ones are left out."""

    def __init__(self, pieces: Iterator[bytes], *, encoding: str, delimiter: str) -> None:
        self.row = 0
        lines = _lines(pieces, encoding)
        # strict: a quote that is never closed would silently swallow the rest of the file
        self._reader = csv.reader(lines, delimiter=delimiter, strict=True)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        return self

    def __next__(self) -> tuple[int, list[str]]:
        while True:
            try:
                cells = next(self._reader)
            except csv.Error as broken:
                raise self._fault(str(broken)) from broken
            except FileError as broken:
                broken.row = self.row + 1
                raise
            self.row += 1
            if any(cell.strip() for cell in cells):
                # what an export quoted against spreadsheets comes back as it was
                return self.row, [as_it_was(cell) for cell in cells]

    def _fault(self, why: str) -> FileError:
        row = self.row + 1
        if "field larger" in why:
            return FileError("cell-too-large", _TOO_LARGE, row=row)
        if "unexpected end" in why:
            return FileError("unclosed-quote", "A quotation mark is never closed.", row=row)
        return FileError("malformed", "The row is not CSV: quotes or line ends are wrong.", row=row)


def read_header(head: bytes, *, encoding: str, delimiter: str | None) -> tuple[list[str], str]:
    """Return the names of the columns and the delimiter, found out unless it is given."""
    if delimiter is not None:
        return _header(head, encoding, delimiter), delimiter
    found = [(_header(head, encoding, each), each) for each in DELIMITERS]
    return max(found, key=lambda one: len(one[0]))


def _header(head: bytes, encoding: str, delimiter: str) -> list[str]:
    records = Records(iter([head]), encoding=encoding, delimiter=delimiter)
    try:
        _row, names = next(records)
    except StopIteration:
        raise FileError("empty-file", "The file is empty: it needs a row of names.") from None
    return [name.strip() for name in names]


def _lines(pieces: Iterator[bytes], encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + _decoded(decoder, piece)).split("\n")
        for line in whole:
            yield line + "\n"
        if len(rest) > MOST_CHARACTERS_IN_A_LINE:
            raise FileError("cell-too-large", _TOO_LARGE)
    rest += _decoded(decoder, b"", final=True)
    if rest:
        yield rest


def _decoded(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> str:
    try:
        return decoder.decode(piece, final)
    except UnicodeDecodeError as broken:
        raise FileError("broken-encoding", "A byte does not fit the encoding.") from broken
