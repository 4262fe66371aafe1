"""Numbers, dates and flags as they stand in tables."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm_shared.imports import cells
from crm_shared.imports.errors import CellError

KYIV = ZoneInfo("Europe/Kyiv")


class TestNumber:
    @pytest.mark.parametrize(
        ("text", "options", "value"),
        [
            ("1054", {}, "1054"),
            ("-1.50", {}, "-1.50"),
            ("1,250,000.5", {}, "1250000.5"),
            ("1 250 000", {}, "1250000"),
            ("1'250", {}, "1250"),
            ("1 250,50", {"decimal": ","}, "1250.50"),
            ("1.250,50", {"decimal": ","}, "1250.50"),
            ("1100.04", {"scale": Decimal(1_000_000)}, "1100040000"),
        ],
    )
    def test_reads_what_people_write(self, text: str, options: dict[str, Any], value: str) -> None:
        assert cells.number(text, **options) == Decimal(value)

    @pytest.mark.parametrize(
        ("text", "options"),
        [
            ("1,5", {}),
            ("1.5", {"decimal": ","}),
            ("12,34,567", {}),
            ("five", {}),
            ("1e9", {}),
            ("NaN", {}),
            ("", {}),
        ],
    )
    def test_guesses_nothing(self, text: str, options: dict[str, Any]) -> None:
        with pytest.raises(CellError) as refused:
            cells.number(text, **options)
        assert refused.value.code == "invalid-number"


class TestDay:
    def test_tries_the_formats_in_turn(self) -> None:
        formats = ("%m/%d/%Y", "%d.%m.%Y")

        assert cells.day("2/28/2017", formats) == cells.day("28.02.2017", formats)
        assert cells.day("2017-02-28", ()) == date(2017, 2, 28)

    @pytest.mark.parametrize("text", ["2/29/2017", "13/1/2017", "2017-02-28", "yesterday"])
    def test_refuses_a_date_that_does_not_exist(self, text: str) -> None:
        with pytest.raises(CellError) as refused:
            cells.day(text, ("%m/%d/%Y",))
        assert refused.value.code == "invalid-date"
        assert text not in refused.value.detail


class TestMoment:
    @pytest.mark.parametrize(
        ("text", "formats", "at"),
        [
            ("3/1/2017", ("%m/%d/%Y",), datetime(2017, 2, 28, 22, tzinfo=UTC)),
            ("7/1/2017", ("%m/%d/%Y",), datetime(2017, 6, 30, 21, tzinfo=UTC)),
            ("2017-03-01T10:30:00+01:00", (), datetime(2017, 3, 1, 9, 30, tzinfo=UTC)),
            ("2017-03-01 10:30", (), datetime(2017, 3, 1, 8, 30, tzinfo=UTC)),
            ("01.03.2017 10:30", ("%d.%m.%Y %H:%M",), datetime(2017, 3, 1, 8, 30, tzinfo=UTC)),
        ],
    )
    def test_without_a_time_it_is_local_midnight(
        self, text: str, formats: tuple[str, ...], at: datetime
    ) -> None:
        assert cells.moment(text, formats, KYIV) == at


class TestFlag:
    def test_reads_three_languages(self) -> None:
        assert [cells.flag(word) for word in ("Yes", "так", "да", "1")] == [True] * 4
        assert [cells.flag(word) for word in ("no", "Ні", "нет", "0")] == [False] * 4

    def test_refuses_anything_else(self) -> None:
        with pytest.raises(CellError):
            cells.flag("maybe")
