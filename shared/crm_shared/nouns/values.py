"""From what a caller sent to what a document holds: one spelling for each value, or a fault."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from crm_shared.filters.documents import stored
from crm_shared.filters.values import parse_value
from crm_shared.money import CURRENCIES, LARGEST
from crm_shared.nouns.kinds import PYTHON, Definition, FieldType

MOST_TEXT = 1_000
MOST_LONG_TEXT = 10_000
MOST_CHOSEN = 50
_MONEY_PLACES = 4
Reader = Callable[[Definition, Any, Any, bool], Any]


class ValueFault(ValueError):
    """A value that its field does not take: the rule's code, and the rule in words."""

    def __init__(self, code: str, detail: str, *, inside: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.inside = inside


def read(field: Definition, raw: object, *, had: Any = None, by_label: bool = False) -> Any:
    """Return the stored form of a value; None for one that is empty.

    `had` is what the record holds already: an archived option may stay. `by_label` also takes
    an option's label, as files of other systems have it. Raises ValueFault.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    reader: Reader = _READERS.get(field.type, _scalar)
    return reader(field, raw, had, by_label)


def _scalar(field: Definition, raw: object, _had: Any, _by_label: bool) -> Any:
    kind = PYTHON[field.type]
    given = _one_day(raw) if kind is date else raw
    try:
        return stored(parse_value(kind, given))
    except ValueError as wrong:
        raise ValueFault("invalid-value", f"The value {wrong}.") from wrong


def _one_day(raw: object) -> object:
    return raw.date() if isinstance(raw, datetime) else raw


def _text(field: Definition, raw: object, _had: Any, _by_label: bool) -> str:
    most = MOST_LONG_TEXT if field.type is FieldType.LONG_TEXT else MOST_TEXT
    if not isinstance(raw, str):
        raise ValueFault("invalid-value", "The value must be a text.")
    text = raw.strip()
    if len(text) > most:
        raise ValueFault("too-long", f"At most {most} characters.")
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueFault("invalid-value", "The text holds a character that cannot be stored.")
    return text


def _url(field: Definition, raw: object, had: Any, by_label: bool) -> str:
    text = _text(field, raw, had, by_label)
    try:
        parts = urlsplit(text)
    except ValueError as broken:
        raise ValueFault("invalid-url", "This is no address of the web.") from broken
    # what is shown as a link must not run as a script
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueFault("invalid-url", "The address begins with http:// or https://.")
    return text


def _money(field: Definition, raw: object, _had: Any, _by_label: bool) -> dict[str, str]:
    amount, currency = raw, field.currency
    if isinstance(raw, dict):
        if not raw.keys() <= {"amount", "currency"}:
            raise ValueFault("invalid-value", "Money has an amount and a currency.")
        amount, currency = raw.get("amount"), raw.get("currency", field.currency)
    try:
        number = parse_value(Decimal, amount)
    except ValueError as wrong:
        raise ValueFault("invalid-value", f"The amount {wrong}.", inside="/amount") from wrong
    exponent = number.normalize().as_tuple().exponent
    if abs(number) > LARGEST or (isinstance(exponent, int) and -exponent > _MONEY_PLACES):
        raise ValueFault("out-of-range", "The amount has too many digits.", inside="/amount")
    if not isinstance(currency, str) or currency not in CURRENCIES:
        words = "Name the currency by its three letters, e.g. UAH."
        raise ValueFault("invalid-currency", words, inside="/currency")
    return {"amount": stored(number), "currency": currency}


def _choice(field: Definition, raw: object, had: Any, by_label: bool) -> str:
    code = _code_of(field, raw, by_label=by_label)
    option = field.option(code) if code is not None else None
    if option is None or (option.is_archived and code != had):
        known = ", ".join(one.code for one in field.options if not one.is_archived)
        raise ValueFault("unknown-option", f"One of: {known}.")
    return option.code


def _choices(field: Definition, raw: object, had: Any, by_label: bool) -> list[str] | None:
    if not isinstance(raw, list | tuple):
        raise ValueFault("invalid-value", "The value must be a list of options.")
    if len(raw) > MOST_CHOSEN:
        raise ValueFault("too-many", f"At most {MOST_CHOSEN} options.")
    kept = had if isinstance(had, list) else []
    chosen = []
    for one in raw:
        code = _code_of(field, one, by_label=by_label)
        chosen.append(_choice(field, one, code if code in kept else None, by_label))
    return list(dict.fromkeys(chosen)) or None


def _code_of(field: Definition, raw: object, *, by_label: bool) -> str | None:
    if not isinstance(raw, str):
        return None
    if not by_label or field.option(raw) is not None:
        return raw
    wanted = raw.strip().casefold()
    for option in field.options:
        if wanted in (label.casefold() for label in option.labels.values()):
            return option.code
    return None


_READERS: dict[FieldType, Reader] = {
    FieldType.TEXT: _text,
    FieldType.LONG_TEXT: _text,
    FieldType.URL: _url,
    FieldType.MONEY: _money,
    FieldType.CHOICE: _choice,
    FieldType.MULTI_CHOICE: _choices,
}
