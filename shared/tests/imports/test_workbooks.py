"""C16: workbooks that are small on the way and endless once they are opened."""

import io
import zipfile

import pytest
from xlsxwriter import Workbook

from crm_shared.imports import workbooks
from crm_shared.imports.errors import FileError
from crm_shared.imports.workbooks import WorkbookRecords, read_workbook_header

SHEET, STYLES, SHARED = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml"
IS_SHARED = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def workbook() -> bytes:
    file = io.BytesIO()
    with Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["name", "note"])
        sheet.write_row(1, 0, ["Їжак", "два"])
    return file.getvalue()


def altered(book: bytes, part: str, before: bytes, after: bytes) -> bytes:
    """Return the workbook with something in one of its parts written otherwise."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    assert before in parts[part]
    parts[part] = parts[part].replace(before, after, 1)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name, data)
    return file.getvalue()


def code_of(book: bytes) -> str:
    with pytest.raises(FileError) as refused:
        list(WorkbookRecords([book]))
    return refused.value.code


class TestWorkbooks:
    def test_are_read_row_by_row(self) -> None:
        assert list(WorkbookRecords([workbook()])) == [(1, ["name", "note"]), (2, ["Їжак", "два"])]

    @pytest.mark.parametrize(("part", "end"), [(STYLES, b"</styleSheet>"), (SHARED, b"</sst>")])
    def test_that_unfold_in_memory_are_refused_before_they_do(
        self, monkeypatch: pytest.MonkeyPatch, part: str, end: bytes
    ) -> None:
        monkeypatch.setattr(workbooks, "MOST_UNFOLDED_BYTES", 100_000)
        assert list(WorkbookRecords([workbook()]))

        assert code_of(altered(workbook(), part, end, b" " * 100_000 + end)) == "too-large-inside"

    def test_whose_sheet_is_large_are_read_as_it_flows(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(workbooks, "MOST_UNFOLDED_BYTES", 100_000)
        end = b"</worksheet>"

        book = altered(workbook(), SHEET, end, b" " * 100_000 + end)

        assert len(list(WorkbookRecords([book]))) == 2

    def test_that_hide_texts_under_the_name_of_a_sheet_are_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(workbooks, "MOST_UNFOLDED_BYTES", 100_000)
        end = b"</worksheet>"
        large = altered(workbook(), SHEET, end, b" " * 100_000 + end)
        also = f'<Override PartName="/{SHEET}" ContentType="{IS_SHARED}"/></Types>'.encode()

        assert code_of(altered(large, "[Content_Types].xml", b"</Types>", also)) == (
            "too-large-inside"
        )

    def test_that_name_a_row_beyond_any_sheet_are_not_waited_for(self) -> None:
        far = altered(workbook(), SHEET, b'<row r="1"', b'<row r="900000000"')

        assert code_of(far) == "malformed"
        with pytest.raises(FileError):
            read_workbook_header(io.BytesIO(far))
