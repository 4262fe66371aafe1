"""Cells of CSV files: none is calculated, and all come back as they were."""

import pytest

from crm_shared.exports.formulas import as_it_was, harmless

RISKY = (
    '=HYPERLINK("http://x","pay")',
    "+380 50",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1+1",
    "\u00a0=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠A1",
)


class TestCells:
    @pytest.mark.parametrize("text", RISKY)
    def test_that_a_spreadsheet_would_calculate_are_texts(self, text: str) -> None:
        assert harmless(text) == f"'{text}"
        assert as_it_was(harmless(text)) == text

    @pytest.mark.parametrize("text", ["", " ", "Київ", "a=b", "'quoted'", "'", "10.00"])
    def test_of_any_other_kind_stay_as_they_are(self, text: str) -> None:
        assert harmless(text) == text
        assert as_it_was(text) == text
