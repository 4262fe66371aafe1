"""What can be filtered and sorted: names, types, columns."""

import types
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from sqlalchemy import ColumnElement
from sqlalchemy.orm import QueryableAttribute

from crm_shared.filters.values import SCALARS

Expression = ColumnElement[Any] | QueryableAttribute[Any]

_ANY = frozenset({"is_null"})
_EQUAL = _ANY | {"eq", "neq", "in", "not_in"}
_ORDERED = _EQUAL | {"lt", "lte", "gt", "gte", "between"}
_TEXT = _EQUAL | {"contains", "starts_with"}
_MANY = _ANY | {"has", "has_any", "has_all"}


class Field:
    """One field: its type (`list[T]` for an array) and, where SQL may ask for it, its column.

    `guard` is what an array's partial index asks for: it holds wherever the array has something.
    `merges` marks ids of records that can be merged: lists follow them to their survivors.
    """

    __slots__ = ("column", "guard", "kind", "many", "merges", "ops")

    def __init__(
        self,
        type_: Any,
        column: Expression | None = None,
        *,
        guard: str | None = None,
        merges: bool = False,
    ) -> None:
        self.guard = guard
        self.merges = merges
        self.many = get_origin(type_) is list
        kind = get_args(type_)[0] if self.many else type_
        if not (kind in SCALARS or (isinstance(kind, type) and issubclass(kind, Enum))):
            raise TypeError(f"a filter cannot hold values of type {type_!r}")
        self.kind: type[Any] = kind
        self.column = column
        self.ops = _ops_of(kind, many=self.many)

    @property
    def expression(self) -> ColumnElement[Any]:
        """The column as SQL; a field without one cannot be asked in the database."""
        return expression_of(self.column)

    def contained(self, op: str, value: Any) -> ColumnElement[bool] | None:
        """Return a comparison as one that an index answers, where the plain one never would."""
        del op, value
        return None

    @property
    def nullable(self) -> bool:
        """Whether the column may hold null, as far as it says."""
        return bool(getattr(self.expression, "nullable", True))


def expression_of(column: Expression | None) -> ColumnElement[Any]:
    """Return a column, or a row's attribute, as SQL."""
    if column is None:
        raise TypeError("this field has no column")
    if isinstance(column, ColumnElement):
        return column
    expression = column.__clause_element__()
    if not isinstance(expression, ColumnElement):
        raise TypeError("this field's column is no column")
    return expression


class Fields(dict[str, Field]):
    """The fields of one noun, by name."""


def _ops_of(kind: type[Any], *, many: bool) -> frozenset[str]:
    if many:
        return _MANY
    if issubclass(kind, str) and not issubclass(kind, Enum):
        return _TEXT
    if kind is bool or issubclass(kind, Enum) or kind.__name__ == "UUID":
        return _EQUAL
    return _ORDERED


def fields_of(model: type[BaseModel]) -> Fields:
    """Return every field that conditions over this model may name, by dotted path.

    Lists of models become arrays: `line_items.product_id` holds all products of the deal.
    """
    return Fields(_walk(model, prefix="", many=False))


def _walk(model: type[BaseModel], *, prefix: str, many: bool) -> Iterator[tuple[str, Field]]:
    for name, info in model.model_fields.items():
        path = f"{prefix}{info.alias or name}"
        inner, inner_many = _unwrap(info.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _walk(inner, prefix=f"{path}.", many=many or inner_many)
        elif inner is not None:
            yield path, Field(list[inner] if many or inner_many else inner)  # type: ignore[valid-type]


def _unwrap(annotation: Any) -> tuple[Any, bool]:
    """Return the scalar or model behind Optional, Annotated, Literal and list; None if neither."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _unwrap(arguments[0])
    if origin in (Union, types.UnionType):
        some = [one for one in arguments if one is not type(None)]
        return _unwrap(some[0]) if len(some) == 1 else (None, False)
    if origin in (list, tuple, set, frozenset) and arguments:
        return _unwrap(arguments[0])[0], True
    return _plain(annotation, origin, arguments), False


def _plain(annotation: Any, origin: Any, arguments: tuple[Any, ...]) -> Any:
    if origin is Literal:
        return str if all(isinstance(one, str) for one in arguments) else None
    if annotation is float:
        return Decimal
    known = isinstance(annotation, type) and (
        annotation in SCALARS or issubclass(annotation, Enum | BaseModel)
    )
    return annotation if known else None
