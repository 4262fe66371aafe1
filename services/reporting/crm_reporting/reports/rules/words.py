"""Words of reports: what columns, reasons and keys are called, how figures are written."""

import re
import tomllib
from collections.abc import Collection
from datetime import date, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

from crm_reporting.metrics.rules import writing
from crm_reporting.metrics.rules.catalogue import Language, Texts
from crm_reporting.metrics.rules.numbers import Unit
from crm_reporting.metrics.rules.periods import QUARTER, Interval, months_on
from crm_reporting.metrics.rules.writing import NO_BREAK, unit_sign
from crm_reporting.reports.rules.definitions import FigureName
from crm_reporting.reports.rules.tables import POINTS, Column, Report, Row, Table

# from which class of customers to which; what a portrait sorts customers by
_MOVE = re.compile(r"(new|[ABCN])>([ABCN])")
_ATTRIBUTE = re.compile(r"([a-z_]+)(=|<=|>)(.+)")
# what people typed stays as it is
_TYPED, _MISSING = frozenset({"sector", "country"}), "-"
_UNIT_TOLD = re.compile(r", (%|[A-Z]{3})$")
SIGNED = frozenset({Unit.PERCENT})
_WORDS: dict[str, dict[str, Texts]] = tomllib.loads(
    files("crm_reporting.reports.catalogue").joinpath("words.toml").read_text("utf-8")
)


def say(group: str, name: str, language: Language) -> str:
    """Return a word; one that nobody wrote is its own name."""
    texts = _WORDS[group].get(name)
    return name if texts is None else texts[language]


def knows(group: str, name: str) -> bool:
    """Tell whether somebody wrote a word."""
    return name in _WORDS[group]


def features() -> Collection[str]:
    """Return the parts of the CRM that an audit looks at, by the noun of their events."""
    return _WORDS["features"].keys()


def title_of(figure: FigureName, language: Language) -> str:
    """Return what a figure is called as a row or column."""
    title = figure.metric.title[language]
    if knows("titles", figure.written):
        # as a number it is deals; the metric is called after what it is cut by
        return say("titles", figure.written, language)
    if figure.variant:
        title = f"{title}: {say('variants', figure.variant, language)}"
    if figure.detail is None:
        return title
    return f"{title}: {say('details', figure.detail, language)}"


def short_of(figure: FigureName, language: Language) -> str:
    """Return a column's title: a detail's own word, for its metric stands beside."""
    if figure.detail is not None:
        return _capital(say("details", figure.detail, language))
    if knows("columns", figure.written):
        return say("columns", figure.written, language)
    title = title_of(figure, language)
    sign = unit_sign(figure.metric.unit, language)
    # percent stands in every cell, money is added with its currency
    return title if sign is None or figure.metric.unit in SIGNED else f"{title}, {sign}"


def unit_beside(row: Row, currency: str, language: Language) -> str:
    """Return the unit of a row's own figures, unless its label ends with it."""
    told = say("units", row.unit, language).format(currency=currency) if row.unit else ""
    return "" if _UNIT_TOLD.search(row.label) else told


def span_of(first: date, last: date, language: Language) -> str:
    """Return what days from one to another are called in a line: a whole month by its name."""
    if first.day == 1 and last == months_on(first, 1) - timedelta(days=1):
        return writing.month(first, language)
    return f"{writing.short_day(first, language)} – {writing.short_day(last, language)}"


def moment(report: Report) -> str:
    """Return when a report was made, or as of when it is, by the company's clock."""
    then = report.as_of.astimezone(ZoneInfo(report.time_zone))
    return f"{writing.day(then, report.language)}, {then:%H:%M} ({report.time_zone})"


def titled(report: Report, table: Table, column: Column) -> str:
    """Return a column's title with the currency of its money."""
    if column.unit == Unit.MONEY:
        return f"{column.title}, {table.currency or report.currency}"
    return column.title


def key_of(key: str, language: Language) -> str:
    """Return what a key of a breakdown is called where it is a code of ours."""
    if found := _MOVE.fullmatch(key):
        return f"{say('moves', found[1], language)} → {found[2]}"
    found = _ATTRIBUTE.fullmatch(key)
    if found is None or not knows("fields", found[1]):
        return say("keys", key, language)
    name, sign, value = found.groups()
    told = value if name in _TYPED and value != _MISSING else say("keys", value, language)
    return say("attributes", sign, language).format(
        name=_capital(say("fields", name, language)), value=told
    )


def time_of(start: date, interval: Interval, language: Language) -> str:
    """Return what a stretch of time is called; days and weeks go by their first day."""
    if interval is Interval.MONTH:
        return writing.month(start, language)
    if interval is Interval.QUARTER:
        quarter = (start.month - 1) // QUARTER + 1
        return say("says", "quarter", language).format(quarter=quarter, year=start.year)
    return str(start.year) if interval is Interval.YEAR else writing.day(start, language)


def number(value: str, unit: str, language: Language) -> str:
    """Write a figure for reading, with the sign of percent and points."""
    return writing.number(value, language) + _sign(unit, language)


def _sign(unit: str, language: Language) -> str:
    if unit == Unit.PERCENT:
        return f"{NO_BREAK}%"
    return NO_BREAK + say("says", "points", language) if unit == POINTS else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
