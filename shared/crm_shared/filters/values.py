"""Values of a filter: from text or JSON to the field's own type."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any
from uuid import UUID

MAX_TEXT = 1000
MAX_WHOLE_DIGITS = 24
MAX_DECIMAL_PLACES = 12
INT64 = 2**63
TRUE = ("true", "1")
FALSE = ("false", "0")
# "+02:00" in a query string arrives as " 02:00": a plus sign there means a space
_LOST_PLUS = re.compile(r"(T[\d:.]+) (\d\d:?\d\d)$")


def parse_value(kind: type[Any], raw: object) -> Any:
    """Return `raw` as a value of `kind`, or raise ValueError saying what it must be."""
    if issubclass(kind, Enum):
        return _enum(kind, raw)
    return _PARSERS[kind](raw)


def _enum(kind: type[Enum], raw: object) -> Enum:
    try:
        return kind(raw)
    except ValueError as unknown:
        raise ValueError(f"must be one of {', '.join(str(one.value) for one in kind)}") from unknown


def _uuid(raw: object) -> UUID:
    if isinstance(raw, UUID):
        return raw
    try:
        return UUID(str(raw))
    except ValueError as broken:
        raise ValueError("must be a UUID") from broken


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise ValueError("must be a text")
    if len(raw) > MAX_TEXT:
        raise ValueError(f"must not be longer than {MAX_TEXT} characters")
    if "\x00" in raw or any("\ud800" <= sign <= "\udfff" for sign in raw):
        raise ValueError("must not hold a null character or half a surrogate pair")
    return raw


def _integer(raw: object) -> int:
    if isinstance(raw, bool) or not re.fullmatch(r"-?[0-9]{1,19}", str(raw)):
        raise ValueError("must be a whole number")
    value = int(str(raw))
    if not -INT64 <= value < INT64:
        raise ValueError("is too large")
    return value


def _decimal(raw: object) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        raise ValueError("must be a decimal number")
    try:
        value = raw if isinstance(raw, Decimal) else Decimal(str(raw).strip())
    except InvalidOperation as broken:
        raise ValueError("must be a decimal number") from broken
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError("must be a finite number")
    if value and (value.adjusted() >= MAX_WHOLE_DIGITS or exponent < -MAX_DECIMAL_PLACES):
        raise ValueError("has too many digits")
    return value


def _boolean(raw: object) -> bool:
    text = str(raw).lower()
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise ValueError("must be true or false")


def _instant(raw: object) -> datetime:
    if isinstance(raw, datetime):
        value = raw
    else:
        try:
            value = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", str(raw)))
        except ValueError as broken:
            raise ValueError("must be an instant as RFC 3339 writes it") from broken
    if value.tzinfo is None:
        raise ValueError("needs a time zone, e.g. 2026-01-31T09:00:00Z")
    try:
        return value.astimezone(UTC)
    except OverflowError as far:
        raise ValueError("is out of range") from far


def _day(raw: object) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    try:
        return date.fromisoformat(str(raw))
    except ValueError as broken:
        raise ValueError("must be a date as YYYY-MM-DD") from broken


_PARSERS: dict[type[Any], Callable[[object], Any]] = {
    UUID: _uuid,
    str: _text,
    int: _integer,
    Decimal: _decimal,
    bool: _boolean,
    datetime: _instant,
    date: _day,
}

SCALARS = frozenset(_PARSERS)
