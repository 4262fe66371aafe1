"""Pictures of tables: Vega-Lite specifications, made here from our own definitions only."""

from collections.abc import Sequence
from typing import Any

from crm_reporting.metrics.rules.catalogue import Language
from crm_reporting.metrics.rules.numbers import Unit
from crm_reporting.metrics.rules.writing import NO_BREAK, day
from crm_reporting.reports.rules.definitions import PictureOf
from crm_reporting.reports.rules.drawn import (
    MOST_BARS,
    barred,
    is_worth_drawing,
    labels_of,
    told_of,
    value_of,
)
from crm_reporting.reports.rules.tables import Column, Report, Row, Table
from crm_reporting.reports.rules.words import say

Spec = dict[str, Any]
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
MOST_LETTERS, FEW_LETTERS = 42, 26
WIDTH, HEIGHT, STEP = 620, 280, 28
# where the font is another than here, labels are longer than measured
PADDING = {"left": 40, "right": 24, "top": 14, "bottom": 14}
ANGLE_FROM, MOST_TURNED = 8, 26
INK, QUIET, LINE, MAIN, SECOND = "#1c2733", "#56657a", "#e3e8ee", "#2f6fab", "#d1663a"
# told apart by whoever sees no red or green, and in grey print
COLOURS = ("#2f6fab", "#d1663a", "#4a9a6f", "#8a63b3", "#b08a1e", "#5c6b7a")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3])
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
CONFIG: Spec = {
    "font": FONT,
    "view": {"stroke": None},
    "title": {
        "anchor": "start", "fontSize": 15, "color": INK, "subtitleColor": QUIET, "offset": 12,
    },
    "axis": {
        "labelColor": INK, "titleColor": QUIET, "labelFontSize": 12, "titleFontSize": 12,
        "titleFontWeight": "normal", "gridColor": LINE, "domainColor": LINE, "tickColor": LINE,
        "labelLimit": 300,
    },
    "legend": {"labelFontSize": 12, "labelLimit": 320, "title": None, "orient": "bottom",
               "columns": 2, "symbolType": "stroke", "symbolSize": 300},
}  # fmt: skip
LOCALES: dict[Language, Spec] = {
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""]},
    "uk": {"decimal": ",", "thousands": NO_BREAK, "grouping": [3], "currency": ["", ""]},
    "ru": {"decimal": ",", "thousands": NO_BREAK, "grouping": [3], "currency": ["", ""]},
}


def picture_of(report: Report, table: Table, *, titled: bool = True) -> Spec:
    """Return the specification of a table's picture; of a table without figures it says so."""
    language, picture = report.language, table.picture
    columns = {column.id: column for column in table.columns}
    shown = [columns[name] for name in (picture.of if picture else ()) if name in columns]
    rows = [row for row in table.rows if any(value_of(row, one) is not None for one in shown)]
    if picture is None or not is_worth_drawing(table):
        told = table.reason and say("reasons", table.reason, language)
        body = _nothing(told or say("says", "all_zero" if rows else "nothing", language))
    else:
        body = _drawn(picture, shown, rows, language)
    head: Spec = {"$schema": SCHEMA, "background": "white", "padding": PADDING, "config": CONFIG}
    if titled:
        about = f"{day(report.start, language)} – {day(report.last_day, language)}"
        money = any(one.unit == Unit.MONEY for one in shown)
        currency = f", {table.currency or report.currency}" if money else ""
        title = f"{report.title}: {table.title}"
        head["title"] = {"text": title, "subtitle": f"{about}{currency}"}
    return head | body


def _drawn(
    picture: PictureOf, columns: Sequence[Column], rows: Sequence[Row], language: Language
) -> Spec:
    if picture.kind == "lines":
        return _lines(columns, rows)
    if picture.kind == "columns":
        return _columns(columns[0], rows)
    if picture.kind == "pareto" and len(columns) > 1:
        return _pareto(columns[0], columns[1], rows[:MOST_BARS])
    if picture.kind == "heat":
        return _heat(columns, rows)
    return _bars(columns[0], barred(rows, columns[0]), language, is_funnel=picture.kind == "funnel")


def _bars(column: Column, rows: Sequence[Row], language: Language, *, is_funnel: bool) -> Spec:
    first = next((value for row in rows if (value := value_of(row, column))), None)
    values = [
        {
            "label": label,
            "value": value_of(row, column),
            "told": told_of(row, column, language, of=first if is_funnel else None),
        }
        for row, label in zip(rows, labels_of(rows, MOST_LETTERS), strict=True)
    ]
    place = {"field": "label", "type": "ordinal", "sort": None, "axis": _names_axis()}
    length = {
        "field": "value", "type": "quantitative", "scale": {"zero": True, "nice": True},
        "axis": {"title": column.title, "tickCount": 3, "format": ",.6~f",
                 "labelOverlap": "greedy", "labelSeparation": 12},
    }  # fmt: skip
    return {
        "data": {"values": values},
        "width": WIDTH,
        "height": {"step": STEP},
        "encoding": {"y": place, "x": length},
        "layer": [
            {"mark": {"type": "bar", "color": MAIN, "height": {"band": 0.7}}},
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "color": INK, "fontSize": 12},
                "encoding": {
                    "text": {"field": "told"},
                    # the words of a bar below nought begin at nought
                    "x": {"field": "shown", "type": "quantitative"},
                },
                "transform": [{"calculate": "max(datum.value, 0)", "as": "shown"}],
            },
        ],
    }


def _columns(column: Column, rows: Sequence[Row]) -> Spec:
    values = [{"label": row.label, "value": value_of(row, column)} for row in rows]
    return {
        "data": {"values": values},
        "width": WIDTH,
        "height": HEIGHT,
        "mark": {"type": "bar", "color": MAIN, "width": {"band": 0.75}},
        "encoding": {"x": _time_axis(len(rows)), "y": _measure(column.title)},
    }


def _lines(columns: Sequence[Column], rows: Sequence[Row]) -> Spec:
    values = [
        {"label": row.label, "series": column.title, "value": value}
        for column in columns
        for row in rows
        if (value := value_of(row, column)) is not None
    ]
    titles = [column.title for column in columns]
    percent = all(column.unit == Unit.PERCENT for column in columns)
    return {
        "data": {"values": values},
        "width": WIDTH,
        "height": HEIGHT,
        "mark": {"type": "line", "strokeWidth": 2.5, "point": {"size": 45, "filled": True}},
        "encoding": {
            "x": _time_axis(len(rows)) | {"sort": [row.label for row in rows]},
            "y": _measure("%" if percent else None),
            "color": {"field": "series", "type": "nominal", "sort": titles,
                      "scale": {"domain": titles, "range": list(COLOURS[: len(titles)])}},
            "strokeDash": {"field": "series", "type": "nominal", "sort": titles,
                           "scale": {"domain": titles, "range": list(DASHES[: len(titles)])}},
        },
    }  # fmt: skip


def _heat(columns: Sequence[Column], rows: Sequence[Row]) -> Spec:
    """Darker is more; the figure stands in every cell, for whoever sees no shades."""
    values = [
        {"label": row.label, "column": column.title, "value": value}
        for row in rows
        for column in columns
        if (value := value_of(row, column)) is not None
    ]
    titles = [column.title for column in columns]
    return {
        "data": {"values": values},
        "width": WIDTH,
        "height": {"step": STEP},
        "encoding": {
            "x": {"field": "column", "type": "ordinal", "sort": titles,
                  "scale": {"domain": titles}, "axis": {"title": None, "labelAngle": -45}},
            "y": {"field": "label", "type": "ordinal", "sort": None, "axis": _names_axis()},
        },
        "layer": [
            {
                "mark": {"type": "rect", "stroke": "white"},
                "encoding": {"color": {"field": "value", "type": "quantitative", "legend": None,
                                       "scale": {"domain": [0, 100], "range": ["#eef4fa", MAIN]}}},
            },
            {
                "mark": {"type": "text", "fontSize": 11},
                "encoding": {
                    "text": {"field": "value", "type": "quantitative", "format": ".0f"},
                    "color": {"condition": {"test": "datum.value > 60", "value": "white"},
                              "value": INK},
                },
            },
        ],
    }  # fmt: skip


def _pareto(column: Column, cumulative: Column, rows: Sequence[Row]) -> Spec:
    values = [
        {"label": label, "value": value_of(row, column), "sum": value_of(row, cumulative)}
        for row, label in zip(rows, labels_of(rows, FEW_LETTERS), strict=True)
    ]
    names = {"field": "label", "type": "ordinal", "sort": None,
             "axis": {"title": None, "labelAngle": -40, "labelLimit": 220}}  # fmt: skip
    percent: Spec = {
        "field": "sum", "type": "quantitative", "scale": {"domain": [0, 100]},
        "axis": {"title": f"{cumulative.title}, %", "orient": "right", "grid": False,
                 "titleColor": SECOND, "values": [0, 20, 40, 60, 80, 100]},
    }  # fmt: skip
    return {
        "data": {"values": values},
        "width": WIDTH,
        "height": HEIGHT,
        "encoding": {"x": names},
        "resolve": {"scale": {"y": "independent"}},
        "layer": [
            {"mark": {"type": "bar", "color": MAIN}, "encoding": {"y": _measure(column.title)}},
            {
                "mark": {"type": "line", "color": SECOND, "strokeWidth": 2.5,
                         "point": {"color": SECOND, "size": 40}},
                "encoding": {"y": percent},
            },
            {
                "data": {"values": [{"at": 80}]},
                "mark": {"type": "rule", "color": QUIET, "strokeDash": [4, 4]},
                "encoding": {
                    "x": {"value": 0}, "x2": {"value": "width"},
                    "y": {"field": "at", "type": "quantitative", "scale": {"domain": [0, 100]},
                          "axis": None},
                },
            },
        ],
    }  # fmt: skip


def _nothing(text: str) -> Spec:
    return {
        "data": {"values": [{"text": text}]},
        "width": WIDTH,
        "height": 60,
        "mark": {"type": "text", "color": QUIET, "fontSize": 14},
        "encoding": {"text": {"field": "text"}},
    }


def _names_axis() -> Spec:
    return {"title": None, "labelPadding": 6, "ticks": False, "domain": False}


def _time_axis(many: int) -> Spec:
    angle = -45 if many > ANGLE_FROM else 0
    # what is turned overlaps only by its frame: as long as lines have room, all are told
    overlaps = many > MOST_TURNED or not angle
    return {
        "field": "label", "type": "ordinal", "sort": None,
        "axis": {"title": None, "labelAngle": angle, "labelOverlap": overlaps},
    }  # fmt: skip


def _measure(title: str | None) -> Spec:
    return {
        "field": "value", "type": "quantitative", "scale": {"zero": True, "nice": True},
        "axis": {"title": title, "tickCount": 6, "format": ",.6~f"},
    }  # fmt: skip
