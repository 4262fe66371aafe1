"""The template language: Liquid cut down to what a letter needs, checked before it is kept."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, TypeAlias

from liquid import BoundTemplate, Environment, Mode, StrictUndefined
from liquid.exceptions import LiquidError

from crm_notifications.channels.rules import one_line

Values: TypeAlias = Mapping[str, Mapping[str, str | None]]

# No loops, no capture, no partials, no arithmetic and no replace: nothing that can multiply.
TAGS = frozenset({"#", "case", "comment", "content", "if", "illegal", "output", "unless"})
FILTERS = (
    "append",
    "capitalize",
    "default",
    "downcase",
    "escape",
    "prepend",
    "strip",
    "truncate",
    "upcase",
)
WAY_OUT = "recipient.unsubscribe_url"
DATE_FORMAT = re.compile(r"(?:%[dmYyHM]|[ ./:,-])+")
SAMPLES: Values = {
    "contact": {"first_name": "Олена", "last_name": "Коваль", "full_name": "Олена Коваль"},
    "company": {"name": "ТОВ «Світанок»"},
    "deal": {
        "title": "Вікна для школи № 12",
        "amount": "12500.00",
        "currency": "UAH",
        "stage": "Proposal",
        "outcome": "open",
        "expected_close_date": "2027-01-15",
    },
    "from_stage": {"label": "Qualified"},
    "to_stage": {"label": "Proposal"},
    "owner": {"name": "Іван Бондар"},
    "recipient": {
        "name": "Олена Коваль",
        "unsubscribe_url": "https://crm.example.org/v1/contacts/consents/0190…",
    },
    "event": {"date": "2026-11-21"},
    "survey": {"url": "https://crm.example.org/v1/surveys/answers/0190…"},
    "report": {
        "title": "Показники продавців",
        "url": "https://crm.example.org/v1/reports/sent/0190…",
    },
    "product": {"name": "Стілець дубовий"},
    "invoice": {
        "number": "INV-2026-118",
        "due_date": "2026-12-05",
        "total": "12500.00",
        "due": "7500.00",
        "currency": "UAH",
    },
    "activity": {"date": "2026-12-01", "time": "14:30"},
}
ALLOWED = tuple(f"{noun}.{field}" for noun, fields in SAMPLES.items() for field in fields)


@dataclass(frozen=True)
class Text:
    """What a template says in one language."""

    subject: str
    text: str
    html: str | None = None


@dataclass(frozen=True)
class Flaw:
    """One thing wrong with a template, and in which part of it."""

    part: str
    code: str
    detail: str


class Letters(Environment):
    """Liquid for letters: short, flat, and unable to run away."""

    block_nesting_limit = 8
    context_depth_limit = 8
    loop_iteration_limit = 1
    local_namespace_limit = 1
    output_stream_limit = 500_000

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Keep the few tags and filters a letter needs."""
        super().setup_tags_and_filters(extra=extra)
        self.tags = {name: tag for name, tag in self.tags.items() if name in TAGS}
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.filters |= {"date": format_date, "money": format_money}


def format_date(value: object, form: object = "%d.%m.%Y") -> str:
    """Write an ISO date the way people do; anything else stays as it is."""
    if not DATE_FORMAT.fullmatch(str(form)):
        return str(value)
    try:
        text = str(value)
        day = datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return "" if value is None else str(value)
    return day.strftime(str(form))


def format_money(value: object) -> str:
    """Group thousands by a space that does not break and keep two decimals."""
    try:
        return f"{Decimal(str(value)):,.2f}".replace(",", "\N{NO-BREAK SPACE}")
    except InvalidOperation:
        return "" if value is None else str(value)


def _environment(*, escapes: bool) -> Letters:
    return Letters(
        tolerance=Mode.STRICT,
        undefined=StrictUndefined,
        strict_filters=True,
        autoescape=escapes,
    )


PLAIN = _environment(escapes=False)
HTML = _environment(escapes=True)


@lru_cache(maxsize=512)
def parse(source: str, *, escapes: bool = False) -> BoundTemplate:
    """Read a template once; a letter sent a thousand times is parsed once."""
    return (HTML if escapes else PLAIN).from_string(source)


def flaws_of(texts: Mapping[str, Text]) -> list[Flaw]:
    """Everything wrong with a template's texts; an empty list means it can be kept."""
    return [flaw for language, text in texts.items() for flaw in _flaws_of_text(language, text)]


def _flaws_of_text(language: str, text: Text) -> Iterator[Flaw]:
    yield from _flaws_of_source(f"/texts/{language}/subject", text.subject, escapes=False)
    yield from _flaws_of_source(f"/texts/{language}/text", text.text, escapes=False)
    if text.html is not None:
        yield from _flaws_of_source(f"/texts/{language}/html", text.html, escapes=True)


def _flaws_of_source(part: str, source: str, *, escapes: bool) -> Iterator[Flaw]:
    try:
        used = parse(source, escapes=escapes).analyze(include_partials=False)
    except LiquidError as error:
        yield Flaw(part, "template-syntax", _reason(error))
        return
    flaws = [
        Flaw(part, "unknown-filter", f"There is no filter {name!r}. Allowed: {_filters()}.")
        for name in used.filters
        if name not in PLAIN.filters
    ]
    flaws += [
        Flaw(part, "unknown-variable", f"There is no {path!r}. Allowed: {', '.join(ALLOWED)}.")
        for path in _paths(used.variables)
        if path not in ALLOWED
    ]
    yield from flaws or _flaws_of_a_trial(part, source, escapes=escapes)


def _flaws_of_a_trial(part: str, source: str, *, escapes: bool) -> Iterator[Flaw]:
    try:
        parse(source, escapes=escapes).render(**SAMPLES)
    except LiquidError as error:
        yield Flaw(part, "template-fails", _reason(error))


def _paths(variables: Mapping[str, Sequence[Any]]) -> list[str]:
    found = {
        ".".join(str(step) for step in variable.segments)
        for uses in variables.values()
        for variable in uses
    }
    return sorted(found)


def _filters() -> str:
    return ", ".join(sorted(PLAIN.filters))


def _reason(error: LiquidError) -> str:
    token = error.token
    line = token.source.count("\n", 0, max(token.start_index, 0)) + 1 if token else 1
    return f"Line {line}: {error.message}."


@lru_cache(maxsize=512)
def variables_of(text: Text) -> frozenset[str]:
    """Which variables a text names: `deal.amount`."""
    sources = [(text.subject, False), (text.text, False), (text.html or "", True)]
    return frozenset(
        path for source, escapes in sources for path in _paths_of(source, escapes=escapes)
    )


def nouns_of(text: Text) -> frozenset[str]:
    """Which nouns a text names, so that only those are waited for."""
    return frozenset(path.partition(".")[0] for path in variables_of(text))


def names_way_out(text: Text) -> bool:
    """Whether every part of a letter says where to refuse more of the kind."""
    parts = [(text.text, False)] + ([(text.html, True)] if text.html else [])
    return all(WAY_OUT in _paths_of(source, escapes=escapes) for source, escapes in parts)


def _paths_of(source: str, *, escapes: bool) -> list[str]:
    return _paths(parse(source, escapes=escapes).analyze(include_partials=False).variables)


def render(text: Text, values: Values) -> Text:
    """Put values into a text; raises LiquidError when a value does not fit."""
    subject = parse(text.subject).render(**values)
    return Text(
        subject=one_line(subject),
        text=parse(text.text).render(**values),
        html=parse(text.html, escapes=True).render(**values) if text.html else None,
    )


def choose(texts: Mapping[str, Text], wanted: str | None, order: Sequence[str]) -> tuple[str, Text]:
    """The text in the language wanted, else in the first of the workspace's that is there."""
    for language in (wanted, *order, *sorted(texts)):
        if language is not None and language in texts:
            return language, texts[language]
    raise ValueError("a template says something in at least one language")


def sample_variables() -> Iterator[tuple[str, str | None]]:
    """Every variable with its sample."""
    for noun, fields in SAMPLES.items():
        for field, sample in fields.items():
            yield f"{noun}.{field}", sample


def samples_with(values: Mapping[str, str]) -> Values:
    """The samples, some replaced by dotted name."""
    return {
        noun: {field: values.get(f"{noun}.{field}", sample) for field, sample in fields.items()}
        for noun, fields in SAMPLES.items()
    }
