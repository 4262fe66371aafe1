"""Words of reports: what columns, reasons and keys are called, how figures are written."""

import tomllib
from collections.abc import Collection
from decimal import Decimal
from importlib.resources import files

from crm_reporting.metrics.rules.catalogue import Language, Texts
from crm_reporting.metrics.rules.numbers import Unit
from crm_reporting.reports.rules.definitions import FigureName
from crm_reporting.reports.rules.tables import POINTS

NO_BREAK = "\u00a0"
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
    if figure.variant:
        title = f"{title}: {say('variants', figure.variant, language)}"
    if figure.detail is None:
        return title
    return f"{title}: {say('details', figure.detail, language)}"


def short_of(figure: FigureName, language: Language) -> str:
    """Return a column's title: a detail's own word, for its metric stands beside."""
    if figure.detail is not None:
        return _capital(say("details", figure.detail, language))
    if figure.variant and knows("columns", figure.written):
        return say("columns", figure.written, language)
    return title_of(figure, language)


def key_of(key: str, language: Language) -> str:
    """Return what a key of a breakdown is called where it is a code of ours."""
    return say("keys", key, language)


def number(value: str, unit: str, language: Language) -> str:
    """Write a figure for reading: thousands apart, the language's own decimal sign."""
    whole, _point, digits = value.lstrip("-").partition(".")
    grouped = f"{int(whole):,}"
    if language != "en":
        grouped = grouped.replace(",", NO_BREAK)
    sign = "−" if value.startswith("-") and Decimal(value) else ""
    point = "." if language == "en" else ","
    return f"{sign}{grouped}{point + digits if digits else ''}{_sign(unit, language)}"


def _sign(unit: str, language: Language) -> str:
    if unit == Unit.PERCENT:
        return f"{NO_BREAK}%"
    return NO_BREAK + say("says", "points", language) if unit == POINTS else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
