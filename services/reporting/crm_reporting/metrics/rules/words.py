"""A figure explained in words, in three languages."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from crm_reporting.metrics.rules.asks import DIMENSION_OF, Ask, names_of
from crm_reporting.metrics.rules.catalogue import Language, Texts
from crm_reporting.metrics.rules.numbers import HUNDRED
from crm_reporting.metrics.rules.results import Missing, Result
from crm_reporting.metrics.rules.writing import day, figure, money, number
from crm_shared.actor import Scope
from crm_shared.filters import Comparison, Tree

LANGUAGES: tuple[Language, ...] = ("en", "uk", "ru")
_SAID = {"eq": "is", "in": "is", "neq": "is_not", "not_in": "is_not", "is_null": "none"}
_WORDS: dict[str, dict[str, Texts]] = tomllib.loads(
    files("crm_reporting.metrics.catalogue").joinpath("words.toml").read_text("utf-8")
)


def calculation(result: Result) -> Texts:
    """Say how the value came about, or why there is none."""
    total = result.total
    if total.value is None:
        needs = result.ask.metric.needs or dict.fromkeys(LANGUAGES, "")
        told = _WORDS["says"][str(total.reason or "no_data")]
        return {language: told[language].format(needs=needs[language]) for language in LANGUAGES}
    return {language: _calculated(result, total.value, language) for language in LANGUAGES}


def _calculated(result: Result, value: str, language: Language) -> str:
    total, metric = result.total, result.ask.metric
    told = figure(value, metric.unit, result.ask.currency, language)
    if total.numerator is None or total.denominator is None:
        return _WORDS["says"]["counted"][language].format(value=told, n=total.n)
    top, bottom = (number(side, language) for side in (total.numerator, total.denominator))
    return _WORDS["says"]["divided"][language].format(top=top, bottom=bottom, value=told)


def filters(result: Result, names: Mapping[Any, str]) -> list[Texts]:
    """Say what was asked for and what the caller may see; `names` are those behind ids."""
    return list(asked(result.ask, result.time_zone, names))


def asked(ask: Ask, zone: str, names: Mapping[Any, str]) -> Iterator[Texts]:
    """Yield what a question asks for: days, scope, every filter."""
    first, last = ask.period.start, ask.period.end - timedelta(days=1)
    yield _say("one_day" if first == last else "period", first=first, last=last, zone=zone)
    if ask.counted != ask.period:
        yield _say("until_today", today=ask.today)
    if ask.as_of is not None:
        at = ask.as_of.astimezone(ZoneInfo(zone))
        yield _say("as_of", day=at.date(), time=f"{at:%H:%M:%S}")
    if ask.as_was:
        yield _say("as_was")
    if ask.customers == "parent":
        yield _say("parent")
    if ask.access.scope is not Scope.ALL:
        yield _say("own" if ask.access.scope is Scope.OWN else "team")
    for item in ask.filter.items:
        yield _filter(item, names)
    if any(field.startswith("deal.") for field in ask.metric.tells):
        yield _say(ask.outcome)


def left_out(result: Result) -> list[Texts]:
    """Say what is not counted, and what money could not be converted."""
    known = [excluded(name) for name in result.ask.metric.leaves_out]
    if result.unconverted:
        said = _WORDS["leaves_out"]["unconverted"]
        known.append(
            {one: said[one].format(sums=sums_of(result.unconverted, one)) for one in LANGUAGES}
        )
    return known


def sums_of(unconverted: Sequence[Missing], language: Language) -> str:
    """Write the money that no rate could convert, each currency with its number of facts."""
    return ", ".join(f"{money(x.amount, x.currency, language)} ({x.n})" for x in unconverted)


def _filter(item: Tree, names: Mapping[Any, str]) -> Texts:
    """Say a condition by the name of its dimension and of what it confines it to."""
    if not isinstance(item, Comparison) or item.op not in _SAID:
        fields = ", ".join(sorted(names_of(item)))
        told = f"{fields} {item.op} {item.value}" if isinstance(item, Comparison) else fields
        return _say("filter", filter=told)
    values = item.value if isinstance(item.value, list | tuple | set | frozenset) else [item.value]
    listed = ", ".join(names.get(one) or str(one) for one in values)
    dimension = _WORDS["dimensions"][DIMENSION_OF[item.field]]
    wording = _WORDS["filters"][_SAID[item.op] if item.op != "is_null" or item.value else "some"]
    return {
        language: wording[language].format(dimension=dimension[language], values=listed)
        for language in LANGUAGES
    }


def excluded(name: str) -> Texts:
    """Say what a metric leaves out and why."""
    return _WORDS["leaves_out"][name]


def coverage(result: Result) -> list[Texts]:
    """Say which part of the facts had what was needed, and whether they are few."""
    total = result.total
    if total.coverage is None:
        found = [_say("uncovered")] if total.value is not None else []
    else:
        percent = (Decimal(total.coverage) * HUNDRED).normalize()
        found = [_say("covered", percent=percent)]
    return [*found, _say("low_n", n=total.n)] if total.low_n else found


def _say(name: str, **values: Any) -> Texts:
    return _filled(_WORDS["says"][name], **values)


def _in_words(value: object, language: str) -> object:
    if isinstance(value, date):
        return day(value, language)
    return number(f"{value:f}", language) if isinstance(value, Decimal) else value


def _filled(texts: Texts, **values: Any) -> Texts:
    return {
        language: texts[language].format(
            **{name: _in_words(value, language) for name, value in values.items()}
        )
        for language in LANGUAGES
    }
