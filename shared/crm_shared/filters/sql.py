"""The interpreter in the database."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Numeric,
    String,
    Text,
    Uuid,
    and_,
    any_,
    false,
    literal,
    literal_column,
    or_,
    true,
)
from sqlalchemy import Enum as EnumType
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from crm_shared.filters.documents import DocumentField
from crm_shared.filters.fields import Field, Fields
from crm_shared.filters.tree import And, Comparison, Not, Or, Tree

# A column's own type would cast the value: NUMERIC(19, 4) rounds it, VARCHAR(50) cuts it.
_TYPES: dict[type[Any], TypeEngine[Any]] = {
    UUID: Uuid(),
    str: Text(),
    int: BigInteger(),
    Decimal: Numeric(),
    bool: Boolean(),
    datetime: DateTime(timezone=True),
    date: Date(),
}


def to_sql(tree: Tree, fields: Fields) -> ColumnElement[bool]:
    """Return the filter as a condition; rows for which it is null are left out like false ones."""
    if isinstance(tree, And):
        return and_(true(), *(to_sql(item, fields) for item in tree.items))
    if isinstance(tree, Or):
        return or_(false(), *(to_sql(item, fields) for item in tree.items))
    if isinstance(tree, Not):
        # IS NOT TRUE has two values only: the `not` of a comparison with null is true
        return to_sql(tree.item, fields).is_not(true())
    return _comparison(tree, fields[tree.field])


def _comparison(test: Comparison, field: Field) -> ColumnElement[bool]:
    column = field.expression
    if test.op == "is_null":
        return column.is_(None) if test.value else column.is_not(None)
    contained = field.contained(test.op, test.value)
    if contained is not None:
        return contained
    compared = _OPS[test.op](column, _Binder(field), test.value)
    # has_all of nothing is true of an empty array, which the guard would leave out
    if field.guard is None or test.value == ():
        return compared
    return and_(column.op("<>", is_comparison=True)(literal_column(field.guard)), compared)


def bound(field: Field, value: Any) -> ColumnElement[Any]:
    """Return a value as a parameter of the field's type."""
    return field.bind(value) if isinstance(field, DocumentField) else _Binder(field).one(value)


class _Binder:
    """Makes typed parameters for one field."""

    def __init__(self, field: Field) -> None:
        self.field = field
        stored = field.expression.type
        self.is_enum = issubclass(field.kind, Enum)
        if field.many and isinstance(stored, ARRAY | postgresql.ARRAY):
            stored = stored.item_type
        self.type = (
            (stored if isinstance(stored, EnumType) else Text())
            if self.is_enum
            else _TYPES[field.kind]
        )

    def plain(self, value: Any) -> Any:
        return value.value if self.is_enum and not isinstance(self.type, EnumType) else value

    def one(self, value: Any) -> ColumnElement[Any]:
        if isinstance(self.field, DocumentField):
            return self.field.bind(value)
        return literal(self.plain(value), self.type)

    def many(self, values: tuple[Any, ...]) -> ColumnElement[Any]:
        if isinstance(self.field, DocumentField):
            return self.field.bind_many(values)
        return literal([self.plain(one) for one in values], postgresql.ARRAY(self.type))


def _like(column: ColumnElement[Any], value: str, *, head: str) -> ColumnElement[bool]:
    escaped = value.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return column.ilike(literal(f"{head}{escaped}%", Text()))


def _array(column: ColumnElement[Any], op: str, values: ColumnElement[Any]) -> ColumnElement[bool]:
    stored = getattr(column.type, "item_type", None)
    if isinstance(stored, String) and not isinstance(stored, Text | EnumType):
        # varchar[] does not meet text[] without a cast; one without a length, which would cut
        values = values.cast(postgresql.ARRAY(String()))
    return column.op(op, is_comparison=True, return_type=Boolean())(values)


_Op = Callable[[ColumnElement[Any], _Binder, Any], ColumnElement[bool]]
_OPS: dict[str, _Op] = {
    "eq": lambda column, bind, value: column == bind.one(value),
    "neq": lambda column, bind, value: column != bind.one(value),
    "lt": lambda column, bind, value: column < bind.one(value),
    "lte": lambda column, bind, value: column <= bind.one(value),
    "gt": lambda column, bind, value: column > bind.one(value),
    "gte": lambda column, bind, value: column >= bind.one(value),
    "between": lambda column, bind, value: and_(
        column >= bind.one(value[0]), column <= bind.one(value[1])
    ),
    "in": lambda column, bind, value: column == any_(bind.many(value)),
    "not_in": lambda column, bind, value: and_(
        column.is_not(None), (column == any_(bind.many(value))).is_not(true())
    ),
    "contains": lambda column, _, value: _like(column, value, head="%"),
    "starts_with": lambda column, _, value: _like(column, value, head=""),
    "has": lambda column, bind, value: _array(column, "@>", bind.many((value,))),
    "has_any": lambda column, bind, value: _array(column, "&&", bind.many(value)),
    "has_all": lambda column, bind, value: _array(column, "@>", bind.many(value)),
}
