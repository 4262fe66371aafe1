"""Fields that lie in a JSON document: what a company adds to a noun without a column of its own.

Values stand there as they are compared: numbers as JSON or decimal texts, days and instants as
texts of one length, so that the order of the texts is the order of time.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Numeric,
    Text,
    and_,
    cast,
    false,
    literal,
    literal_column,
    or_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from crm_shared.clock import spelt
from crm_shared.filters.fields import Expression, Field, expression_of
from crm_shared.filters.values import parse_value

_CASTS: dict[type[Any], TypeEngine[Any]] = {int: BigInteger(), Decimal: Numeric(), bool: Boolean()}
_CONTAINED = frozenset({"eq", "in", "has", "has_any", "has_all"})


def stored(value: Any) -> Any:
    """Return a value as a document holds it: one spelling for each value."""
    if isinstance(value, datetime):
        return spelt(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, date | UUID):
        return str(value)
    return value


class DocumentField(Field):
    """One value in a JSON document, found by its path; equality goes by the document's index.

    `attribute` names the mapping on a row from which a list's cursor reads the value.
    """

    __slots__ = ("attribute", "document", "path")

    def __init__(
        self, type_: Any, document: Expression | None, path: tuple[str, ...], *, attribute: str = ""
    ) -> None:
        super().__init__(type_, None)
        self.document = document
        self.path = path
        self.attribute = attribute
        self.column = None if document is None else self._expression(expression_of(document))

    def _expression(self, document: ColumnElement[Any]) -> ColumnElement[Any]:
        # keys are names, never somebody's text; spelt out, an index on the expression is found
        if self.many:
            return document.op("->", return_type=JSONB())(literal_column(f"'{self.path[0]}'"))
        place = "{" + ",".join(self.path) + "}"
        operator, key = ("->>", self.path[0]) if len(self.path) == 1 else ("#>>", place)
        text = document.op(operator, return_type=Text())(literal_column(f"'{key}'"))
        if self.kind in _CASTS:
            return cast(text, _CASTS[self.kind])
        if self.kind in (date, datetime):
            return text.collate("C")
        return text

    def bind(self, value: Any) -> ColumnElement[Any]:
        """Return a value as a parameter that the expression can be compared with."""
        return literal(self._plain(value), self._type())

    def bind_many(self, values: tuple[Any, ...]) -> ColumnElement[Any]:
        """Return several values as one parameter."""
        return literal([self._plain(one) for one in values], ARRAY(self._type()))

    def _plain(self, value: Any) -> Any:
        return value if self.kind in _CASTS else stored(value)

    def _type(self) -> TypeEngine[Any]:
        return _CASTS.get(self.kind, Text())

    def contained(self, op: str, value: Any) -> ColumnElement[bool] | None:
        """Return the comparison as one the document's index answers, if it is of that kind."""
        if op not in _CONTAINED:
            return None
        if op in ("in", "has_any"):
            return or_(false(), *(self._holds([one] if self.many else one) for one in value))
        if op == "eq":
            return self._holds(value)
        return self._holds([value] if op == "has" else list(value))

    def _holds(self, value: Any) -> ColumnElement[bool]:
        document = expression_of(self.document)
        inner: Any = [stored(one) for one in value] if isinstance(value, list) else stored(value)
        for key in reversed(self.path):
            inner = {key: inner}
        # the index holds only documents with something in them
        filled = document.op("<>", is_comparison=True, return_type=Boolean())(EMPTY)
        holds = document.op("@>", is_comparison=True, return_type=Boolean())
        return and_(filled, holds(literal(inner, JSONB())))

    def value_of(self, row: Any) -> Any:
        """Return the value that a row holds, typed."""
        value = getattr(row, self.attribute)
        for key in self.path:
            value = value.get(key) if isinstance(value, dict) else None
        return None if value is None else parse_value(self.kind, value)


EMPTY: ColumnElement[Any] = literal_column("'{}'::jsonb")
