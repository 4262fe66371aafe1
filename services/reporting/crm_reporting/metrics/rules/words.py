"""A figure explained in words, in three languages."""

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from importlib.resources import files
from typing import Any

from crm_reporting.metrics.rules.asks import Ask, names_of
from crm_reporting.metrics.rules.catalogue import Language, Texts
from crm_reporting.metrics.rules.numbers import HUNDRED
from crm_reporting.metrics.rules.results import Result
from crm_shared.actor import Scope
from crm_shared.filters import Comparison

LANGUAGES: tuple[Language, ...] = ("en", "uk", "ru")
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
    if total.denominator is not None:
        return _say("divided", top=total.numerator, bottom=total.denominator, value=total.value)
    return _say("counted", value=total.value, n=total.n)


def filters(result: Result) -> list[Texts]:
    """Say what was asked for and what the caller may see."""
    return list(asked(result.ask, result.time_zone))


def asked(ask: Ask, zone: str) -> Iterator[Texts]:
    """Yield what a question asks for: days, scope, every filter."""
    yield _say("period", start=ask.period.start, end=ask.period.end, zone=zone)
    if ask.counted != ask.period:
        yield _say("until_today", today=ask.today)
    if ask.as_of is not None:
        yield _say("as_of", as_of=ask.as_of.isoformat())
    if ask.as_was:
        yield _say("as_was")
    if ask.customers == "parent":
        yield _say("parent")
    if ask.access.scope is not Scope.ALL:
        yield _say("own" if ask.access.scope is Scope.OWN else "team")
    for item in ask.filter.items:
        named = f"{item.field} {item.op} {item.value}" if isinstance(item, Comparison) else ""
        yield _say("filter", filter=named or ", ".join(sorted(names_of(item))))
    if any(field.startswith("deal.") for field in ask.metric.tells):
        yield _say(ask.outcome)


def left_out(result: Result) -> list[Texts]:
    """Say what is not counted, and what money could not be converted."""
    known = [excluded(name) for name in result.ask.metric.leaves_out]
    if result.unconverted:
        sums = ", ".join(f"{one.amount} {one.currency} ({one.n})" for one in result.unconverted)
        known.append(_filled(_WORDS["leaves_out"]["unconverted"], sums=sums))
    return known


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
        found = [_say("covered", percent=f"{percent:f}")]
    return [*found, _say("low_n", n=total.n)] if total.low_n else found


def _say(name: str, **values: Any) -> Texts:
    return _filled(_WORDS["says"][name], **values)


def _filled(texts: Texts, **values: Any) -> Texts:
    return {language: texts[language].format(**values) for language in LANGUAGES}
