"""The columns of an export: what a list answers, cell by cell."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from crm_shared.errors import FieldError, InvalidError
from crm_shared.exports.labels import label_of
from crm_shared.http.hiding import FieldHiddenError
from crm_shared.policies import covers

CUSTOM = "custom_fields"
CUSTOM_PREFIX = "custom."


class Kind(StrEnum):
    """What a cell holds."""

    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"
    DAY = "day"
    FLAG = "flag"
    MANY = "many"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field's name and how its values are written."""

    name: str
    kind: Kind

    def label(self, language: str | None) -> str:
        """Return its heading: the field's own name, or words in a language."""
        return self.name if language is None else label_of(self.name, language)

    def cell(self, row: Mapping[str, Any]) -> Any:
        """Return the cell of a row as the API shows it; several values become one text."""
        if self.name.startswith(CUSTOM_PREFIX):
            value = (row.get(CUSTOM) or {}).get(self.name.removeprefix(CUSTOM_PREFIX))
        else:
            value = row[self.name]
        return _joined(value) if isinstance(value, list | dict) else value


def columns_of(shown: type[BaseModel], custom: Sequence[str] = ()) -> list[Column]:
    """Return a column for each field of what a list shows, custom fields behind them."""
    own = [
        Column(name, _kind(field.annotation))
        for name, field in shown.model_fields.items()
        if name != CUSTOM
    ]
    return own + [Column(name, Kind.TEXT) for name in custom]


def chosen(
    columns: Sequence[Column], wanted: str | None, hidden: frozenset[str] = frozenset()
) -> list[Column]:
    """Return the columns that are named, in the order in which they are named.

    Without names it is all that are not hidden; a hidden one that is named is refused.
    """
    if wanted is None:
        return [column for column in columns if not covers(hidden, column.name)]
    known = {column.name: column for column in columns}
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    if not names or any(name not in known for name in names) or len(set(names)) < len(names):
        detail = f"Each once, of: {', '.join(known)}."
        raise InvalidError(FieldError("/query/columns", "unknown-column", detail))
    if any(covers(hidden, name) for name in names):
        raise FieldHiddenError("/query/columns")
    return [known[name] for name in names]


def _kind(annotation: Any) -> Kind:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin in (Union, UnionType):
        kinds = {_kind(one) for one in get_args(annotation) if one is not type(None)}
        return kinds.pop() if len(kinds) == 1 else Kind.TEXT
    if origin in (list, dict, tuple, set):
        return Kind.MANY
    return _plain_kind(annotation)


def _plain_kind(annotation: Any) -> Kind:
    if not isinstance(annotation, type):
        return Kind.TEXT
    if issubclass(annotation, BaseModel):
        return Kind.MANY
    # a bool is an int and an instant is a date: the narrower ones first
    for known, kind in (
        (bool, Kind.FLAG),
        ((int, float, Decimal), Kind.NUMBER),
        (datetime, Kind.MOMENT),
        (date, Kind.DAY),
    ):
        if issubclass(annotation, known):
            return kind
    return Kind.TEXT


def _joined(value: list[Any] | dict[str, Any]) -> str:
    if not value:
        return ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "; ".join(value)
    if isinstance(value, list) and all(isinstance(one, dict) and "value" in one for one in value):
        return "; ".join(str(one["value"]) for one in value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
