"""Words of reports: what columns, reasons and keys are called, how figures are written."""

import re
import tomllib
from collections.abc import Collection
from importlib.resources import files

from crm_reporting.metrics.rules import writing
from crm_reporting.metrics.rules.catalogue import Language, Texts
from crm_reporting.metrics.rules.numbers import Unit
from crm_reporting.metrics.rules.writing import NO_BREAK
from crm_reporting.reports.rules.definitions import FigureName
from crm_reporting.reports.rules.tables import POINTS

# from which class of customers to which; what a portrait sorts customers by
_MOVE = re.compile(r"(new|[ABCN])>([ABCN])")
_ATTRIBUTE = re.compile(r"([a-z_]+)(=|<=|>)(.+)")
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
    if knows("columns", figure.written):
        return say("columns", figure.written, language)
    return title_of(figure, language)


def key_of(key: str, language: Language) -> str:
    """Return what a key of a breakdown is called where it is a code of ours."""
    if found := _MOVE.fullmatch(key):
        return f"{say('moves', found[1], language)} → {found[2]}"
    found = _ATTRIBUTE.fullmatch(key)
    if found is None or not knows("fields", found[1]):
        return say("keys", key, language)
    name, sign, value = found.groups()
    return say("attributes", sign, language).format(
        name=_capital(say("fields", name, language)), value=say("keys", value, language)
    )


def number(value: str, unit: str, language: Language) -> str:
    """Write a figure for reading, with the sign of percent and points."""
    return writing.number(value, language) + _sign(unit, language)


def _sign(unit: str, language: Language) -> str:
    if unit == Unit.PERCENT:
        return f"{NO_BREAK}%"
    return NO_BREAK + say("says", "points", language) if unit == POINTS else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
