"""CSV files as people save them, and as they break."""

from collections.abc import Iterator

import pytest

from crm_shared.imports.encodings import EncodingGuess
from crm_shared.imports.errors import FileError
from crm_shared.imports.records import Records, read_header

TABLE = "name,note\nЇжак,два\nЄвген,три\n"


def pieces(data: bytes, size: int = 7) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def guess(data: bytes) -> str:
    guessing = EncodingGuess()
    for piece in pieces(data):
        guessing.feed(piece)
    return guessing.finish()


class TestEncodingGuess:
    @pytest.mark.parametrize(
        ("encoding", "found"),
        [("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig"), ("cp1251", "cp1251")],
    )
    def test_knows_what_a_file_is_written_in(self, encoding: str, found: str) -> None:
        data = TABLE.encode(encoding)

        assert guess(data) == found
        records = Records(pieces(data), encoding=found, delimiter=",")
        assert [cells for _, cells in records] == [
            ["name", "note"],
            ["Їжак", "два"],
            ["Євген", "три"],
        ]

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (TABLE.encode() + b"\xff", "broken-encoding"),
            (TABLE.encode()[:-10] + b"\xd0", "broken-encoding"),
            ("абв".encode("cp1251") + b"\x98", "broken-encoding"),
            (b"a,b\n1,\0\n", "nul-byte"),
            (TABLE.encode("utf-16"), "utf-16"),
        ],
    )
    def test_refuses_what_is_no_text(self, data: bytes, code: str) -> None:
        with pytest.raises(FileError) as refused:
            guess(data)
        assert refused.value.code == code


class TestReadHeader:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_finds_the_delimiter(self, delimiter: str) -> None:
        head = delimiter.join(["name", '"a note, or; two"', "sum "]).encode()

        names, found = read_header(head, encoding="utf-8-sig", delimiter=None)

        assert (names, found) == (["name", "a note, or; two", "sum"], delimiter)

    def test_refuses_an_empty_file(self) -> None:
        with pytest.raises(FileError) as refused:
            read_header(b"\n \n", encoding="utf-8-sig", delimiter=None)
        assert refused.value.code == "empty-file"


class TestRecords:
    def test_counts_rows_as_a_spreadsheet_does(self) -> None:
        data = b'a,b\r\n\r\n1,"two\r\nlines"\r\n ,\r\n3,4'

        records = Records(pieces(data), encoding="utf-8", delimiter=",")

        assert list(records) == [(1, ["a", "b"]), (3, ["1", "two\r\nlines"]), (5, ["3", "4"])]

    @pytest.mark.parametrize(
        ("data", "code", "row"),
        [
            (b'a,b\n1,"two\n', "unclosed-quote", 2),
            (b'a,b\n1,"two"x\n', "malformed", 2),
            (b"a,b\n1,2\n3," + b"x" * 200_000 + b"\n", "cell-too-large", 3),
            (b"a,b\n1," + b"x" * 10_000_000, "cell-too-large", 2),
            (b'a,b\n1,"' + b"x\n" * 5_000_000, "cell-too-large", 2),
        ],
    )
    def test_names_the_row_that_breaks(self, data: bytes, code: str, row: int) -> None:
        with pytest.raises(FileError) as refused:
            list(Records(pieces(data, 65_536), encoding="utf-8", delimiter=","))
        assert (refused.value.code, refused.value.row) == (code, row)
