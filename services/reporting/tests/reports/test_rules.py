"""R1: how reports are set, without anything that runs: formats, files, pages, pictures."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from crm_reporting.metrics.rules.catalogue import Dimension, Language
from crm_reporting.metrics.rules.periods import Interval
from crm_reporting.reports.errors import PictureFailedError
from crm_reporting.reports.rules import files, formats, pages, pictures, words
from crm_reporting.reports.rules.cohorts import Bought, cells_of, cohorts_of
from crm_reporting.reports.rules.definitions import REPORTS, FigureName, PictureOf
from crm_reporting.reports.rules.drawn import is_worth_drawing
from crm_reporting.reports.rules.formats import Format
from crm_reporting.reports.rules.tables import DAY, OWN, TEXT, Cell, Column, Report, Row, Table
from crm_reporting.reports.use_cases.asking import unit_of
from crm_reporting.reports.use_cases.composing import COMPOSERS
from crm_reporting.reports.use_cases.cuts import NAMED, cumulated
from crm_reporting.reports.use_cases.drawing import draw

TODAY = date(2026, 6, 1)
EVIL = '=HYPERLINK("http://x","<b>y</b>")'


def made_up(report_id: str, language: Language) -> Report:
    """Return a report filled with figures and the worst labels there are."""
    definition = REPORTS[report_id]
    tables = []
    for table in definition.tables:
        columns = [
            Column(one.written, words.short_of(one, language), unit_of(one))
            for one in table.figures
        ]
        known = {column.id for column in columns}
        of = table.picture.of if table.picture else ()
        columns += [Column(name, name, "percent") for name in of if name not in known]
        rows = [
            Row(str(number), label, {one.id: Cell(f"{number * 1000 + 7}.50") for one in columns})
            for number, label in enumerate((EVIL, "Експедиція" * 9, "Експедиція" * 9, "(без)"))
        ]
        tables.append(
            Table(table.id, table.title[language], "x", columns, rows, picture=table.picture)
        )
    return Report(
        definition, language, date(2026, 3, 1), date(2026, 6, 1), "Europe/Kyiv",
        datetime(2026, 6, 2, 9, 30, tzinfo=UTC), 0, "UAH", ["filter <1>"], tables, [],
    )  # fmt: skip


def test_cohorts_tell_no_share_of_a_month_that_is_not_over() -> None:
    """K50: of March two months are over on the last of May, of April none but one day later."""
    march, april, may = (date(2026, month, 1) for month in (3, 4, 5))
    known = cohorts_of(
        [Bought(march, march, 4), Bought(march, may, 2), Bought(april, april, 1),
         Bought(april, may, 1)],
        TODAY,
    )  # fmt: skip

    assert [(one.month.month, one.size) for one in known] == [(3, 4), (4, 1), (5, 0), (6, 0)]
    last_of_may = cells_of(known, TODAY - timedelta(days=1))
    assert (last_of_may["month_1"], last_of_may["month_2"]) == (
        Cell("0.00"),
        Cell(None, "not_over"),
    )
    total = cells_of(known, TODAY)
    assert (total["customers"], total["month_1"], total["month_2"]) == (
        Cell("5"), Cell("20.00"), Cell("50.00"),
    )  # fmt: skip
    assert cells_of(known[2:3], TODAY)["month_1"] == Cell(None, "not_over")
    assert cohorts_of([], TODAY) == []


def small(*rows: Row, columns: list[Column], picture: PictureOf | None = None) -> Report:
    table = Table("t", "T: a/b*c", "Row", columns, list(rows), picture=picture)
    return replace(made_up("sellers", "en"), tables=[table])


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", Format.JSON),
        ("*/*", Format.JSON),
        ("text/html,application/xhtml+xml,*/*;q=0.8", Format.HTML),
        ("text/csv", Format.CSV),
        ("image/*", Format.SVG),
        ("image/png;q=0.9, image/svg+xml;q=0.5", Format.PNG),
        ("application/json;q=0.1, text/csv;q=0.2", Format.CSV),
        ("video/mp4, text/csv;q=nonsense", Format.JSON),
    ],
)
def test_a_format_is_what_accept_likes_best(accept: str, wanted: Format) -> None:
    assert formats.format_of(accept) is wanted


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [("", "en"), ("uk-UA,uk;q=0.9,en;q=0.8", "uk"), ("de, ru;q=0.4, en;q=0.2", "ru"), ("*", "en")],
)
def test_a_language_is_what_the_reader_likes_best(accept: str, wanted: Language) -> None:
    assert formats.language_of(accept) == wanted


def test_figures_are_written_as_the_language_writes_them() -> None:
    assert words.number("-1234567.50", "money", "en") == "−1,234,567.50"
    assert words.number("1234567.50", "percent", "uk") == "1\u00a0234\u00a0567,50\u00a0%"
    assert words.number("-0.00", "points", "ru") == "0,00\u00a0п. п."


def test_codes_of_ours_are_said_in_the_readers_language() -> None:
    """R1: whatever a breakdown is cut by, nobody reads a code of the API."""
    said = [words.key_of(key, "uk") for key in ("new>A", "A>C", "website", "employees<=50", "<b>")]
    assert said == ["нові → A", "A → C", "сайт", "Кількість працівників: до 50", "<b>"]
    assert words.key_of("source=phone", "ru") == "Источник: телефон"


def test_who_bought_nothing_is_in_no_group() -> None:
    """K14: no purchases is class N; the others share the whole."""
    values = [Decimal(80), Decimal(15), Decimal(5), Decimal(0), None]
    cells = cumulated(values, Decimal(100))
    assert [one["group"].value for one in cells] == ["A", "B", "C", "N", None]


def test_files_run_nothing_and_numbers_stay_numbers() -> None:
    """I10: a label is never a formula, money is a number, a day a day, a long number text."""
    columns = [
        Column("money", "=Money", "money"), Column("own", "Own", OWN), Column("on", "On", DAY),
        Column("text", "Text", TEXT), Column("long", "Long", "count"),
    ]  # fmt: skip
    cells = {
        "money": Cell("-12.50"), "own": Cell(None, "no_data"), "on": Cell("2026-03-01"),
        "text": Cell("+1"), "long": Cell("12345678901234567"),
    }  # fmt: skip
    report = small(Row("k", EVIL, cells, "percent"), columns=columns)

    text = files.csv_of(report, report.tables).decode("utf-8-sig")
    head, row, why = csv.reader(io.StringIO(text))
    _front, sheet = load_workbook(io.BytesIO(files.xlsx_of(report, report.tables))).worksheets

    assert head[:2] == ["Row", "'=Money, UAH"]
    assert row == [f"'{EVIL}, %", "-12.50", "", "2026-03-01", "'+1", "12345678901234567"]
    assert why == [f"'{EVIL}: no facts in this period"]
    money, day, long = sheet["B2"], sheet["D2"], sheet["F2"]
    assert sheet["A2"].data_type == "s"
    assert (money.value, money.data_type, money.number_format) == (-12.5, "n", "#,##0.00")
    assert (day.is_date, long.value) == (True, "12345678901234567")
    assert sheet.title == "T a b c"


def test_months_and_days_are_called_as_one_calls_them() -> None:
    """R1: a month by its name, a plan's days without a code; files keep what programs sort."""
    march, quarter = date(2026, 3, 1), date(2026, 4, 1)
    assert words.time_of(march, Interval.MONTH, "uk") == "Березень 2026"
    assert words.time_of(march, Interval.WEEK, "ru") == "1 марта 2026"
    assert words.time_of(quarter, Interval.QUARTER, "en") == "Q2 2026"
    assert words.span_of(march, date(2026, 3, 31), "ru") == "Март 2026"
    assert words.span_of(march, date(2026, 3, 30), "uk") == "01.03.2026 – 30.03.2026"
    column = Column("on", "On", DAY)
    report = small(Row("2026-03-01", "Березень 2026", {"on": Cell("2026-03-09")}), columns=[column])
    report = replace(report, language="uk")
    table = replace(report.tables[0], bucket=Interval.MONTH)
    assert "2026-03,2026-03-09" in files.csv_of(report, [table]).decode("utf-8-sig")
    _front, sheet = load_workbook(io.BytesIO(files.xlsx_of(report, [table]))).worksheets
    assert sheet["A2"].number_format == "[$-422]mmmm yyyy"
    assert sheet["B2"].number_format == "dd.mm.yyyy"
    assert "09.03.2026" in pages.page(report, {})


def test_noughts_are_told_and_not_drawn() -> None:
    """R1: an axis without a bar shows nothing; what has no bar has no place beside others."""
    kind = PictureOf("bars", ("n",))
    rows = [Row(name, name, {"n": Cell(value)}) for name, value in (("a", "0"), ("b", "0"))]
    report = small(*rows, columns=[Column("n", "N", "count")], picture=kind)
    table = report.tables[0]
    assert not is_worth_drawing(table)
    assert "Every value is 0" in str(pictures.picture_of(report, table))
    one = replace(table, rows=[*rows, Row("c", "c", {"n": Cell("1234.56")})])
    [shown] = pictures.picture_of(report, one)["data"]["values"]
    assert (shown["label"], shown["told"]) == ("c", "1,235")


def test_units_are_told_once() -> None:
    """R1: a length of time in its head, a figure's own unit beside it unless its name has it."""
    time = FigureName.read("lead_response_time")
    assert words.short_of(time, "uk").endswith(", хв")
    row = Row("k", "Share, %", {}, "percent")
    assert words.unit_beside(row, "UAH", "en") == ""
    assert words.unit_beside(replace(row, label="Share"), "UAH", "en") == "%"
    assert words.unit_beside(replace(row, unit="ms"), "UAH", "ru") == ""
    assert words.unit_beside(Row("k", "Поиск", {}, "ms"), "UAH", "ru") == "мс"


def test_every_code_of_a_definition_has_its_words() -> None:
    """R1: variants, details and cuts are never told by their code."""
    figures = [
        one for report in REPORTS.values() for table in report.tables for one in table.figures
    ]
    for one in figures:
        assert one.variant is None or words.knows("variants", one.variant), one.written
        assert one.detail is None or words.knows("details", one.detail), one.written
    cuts = {table.by for report in REPORTS.values() for table in report.tables if table.by}
    assert all(words.knows("rows", one) for one in cuts)
    assert all(words.knows("units", one.metric.unit) for one in figures)
    assert words.key_of("language=-", "uk") == "Мова: не вказано"
    assert words.key_of("sector=service", "uk") == "Галузь: service"
    assert words.key_of("channel=email", "uk") == "Канал: електронна пошта"
    assert words.key_of("C", "uk") == "C: решта"
    assert Dimension.CUSTOMER in NAMED  # called so by somebody, it is no group


def test_a_page_shows_labels_as_they_are_and_says_why_something_is_missing() -> None:
    cells = {"a": Cell(None, "no_input"), "b": Cell("1234.5")}
    columns = [Column("a", "A", "money"), Column("b", "B", "percent")]
    text = pages.page(small(Row("k", EVIL, cells), columns=columns), {"t": "<svg></svg>"})

    for wanted in ("<svg></svg>", "1,234.5\u00a0%", "A, UAH", "2 June 2026, 12:30", "&lt;1&gt;"):
        assert wanted in text
    assert "needs what nobody has entered yet" in text
    assert "<b>" not in text


def test_every_table_can_be_put_together_and_is_told_in_three_languages() -> None:
    for definition in REPORTS.values():
        assert set(definition.title) == set(definition.about) == {"en", "uk", "ru"}
        for table in definition.tables:
            assert table.kind in COMPOSERS
            assert set(table.title) == {"en", "uk", "ru"}
            # a cut that a metric does not know would be an empty column
            for one in table.figures if table.by else ():
                known = one.metric.measures[one.variant or next(iter(one.metric.measures))]
                assert one.metric.needs or table.by in known.dimensions, one.written


async def test_every_picture_is_drawn_with_its_words_whole() -> None:
    """R1: all pictures of all reports by one process; Cyrillic stays, no label hides another."""
    reports = [made_up(name, "uk") for name in REPORTS]
    drawn = [(report, table) for report in reports for table in report.tables if table.picture]
    specs = [pictures.picture_of(report, table) for report, table in drawn]
    nothing = replace(drawn[0][1], rows=[], reason="hidden")
    specs.append(pictures.picture_of(drawn[0][0], nothing))

    svgs = await draw(specs, "svg", pictures.LOCALES["uk"], within_s=300)
    found = [one.decode() for one in svgs]

    for (report, table), svg in zip(drawn, found, strict=False):
        assert f"{report.title}: {table.title}" in svg
        assert "undefined" not in svg
        assert "NaN" not in svg
    assert "… (2)" in found[0]
    assert words.say("reasons", "hidden", "uk") in found[-1]


async def test_a_picture_that_takes_too_long_is_given_up() -> None:
    spec = pictures.picture_of(made_up("abc", "en"), made_up("abc", "en").tables[0])

    with pytest.raises(PictureFailedError):
        await draw([spec], "png", pictures.LOCALES["en"], within_s=0.01)
    with pytest.raises(PictureFailedError):
        await draw([{"data": {"url": "http://example.org/x.csv"}, "mark": "bar"}], "svg", {})
