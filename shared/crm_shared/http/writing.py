"""Pages as JSON, column by column: each kind of value is turned once a page, not once a row.

A page of 50 deals takes a quarter of what validating and writing each row as a model takes; its
lines are a table of their own, in which most numbers are the same few.
"""

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from fastapi import Response
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import to_json

from crm_shared.http.pagination import Page, Rows

JSON = "application/json"
Values = list[Any]
# what of a model changes nothing of how its records are written
_HARMLESS = frozenset({"extra", "from_attributes", "frozen", "title"})
# what a database gives in the very type in which JSON has it
_AS_IT_IS = frozenset({str, int, bool, datetime, date})
_TEXTS = frozenset({str, NoneType})
_NUMBERS = frozenset({Decimal, NoneType})
_EMPTY = frozenset({list, dict, NoneType})
NOTHING: frozenset[Any] = frozenset()
# how a record says that it is not what its model is
MISFIT = (AttributeError, ArithmeticError, ValueError)


class Column:
    """One field of a table's records: where its values stand, and how JSON has them."""

    def __init__(self, name: str, field: FieldInfo) -> None:
        alias = field.validation_alias
        self.name = field.serialization_alias or name
        self._source = alias if isinstance(alias, str) else name
        self._field = field
        kind, is_plain = _kind_of(field)
        self._exactly = frozenset({kind, NoneType}) if is_plain and kind in _AS_IT_IS else NOTHING
        self._is_id = is_plain and kind is UUID
        self._is_number = kind is Decimal
        self._list = kind if is_plain else None
        inner: Any = field.annotation
        if field.metadata:
            inner = Annotated[inner, *field.metadata]
        self._models: TypeAdapter[Values] = TypeAdapter(list[inner])

    @cached_property
    def _table(self) -> "Table | None":
        # made when it is needed: a record may hold records like itself
        return Table.of_each(self._list)

    def told(self, records: Sequence[Mapping[str, Any]], items: Sequence[Any]) -> Values:
        """Return this field of all records as JSON has it; raises one of MISFIT."""
        try:
            values = [record[self._source] for record in records]
        except KeyError:
            values = self._asked_for(items)
        return self._written(values)

    def _asked_for(self, items: Sequence[Any]) -> Values:
        source = self._source
        if not isinstance(items[0], Mapping):
            # what follows from other fields, or was not read with the rest
            return [getattr(item, source) for item in items]
        if self._field.is_required():
            raise AttributeError(source)
        default = self._field.get_default(call_default_factory=True, validated_data={})
        return [item.get(source, default) for item in items]

    def _written(self, values: Values) -> Values:
        kinds = set(map(type, values))
        if kinds <= self._exactly or (kinds <= _EMPTY and not any(values)):
            return values
        if self._is_id and all(issubclass(kind, UUID | None) for kind in kinds):
            # the driver's ids are no UUIDs of the library's own: pydantic takes four times as long
            return [one and str(one) for one in values]
        if kinds == {list} and self._table is not None:
            return self._table.told_of_each(values)
        # the parser of documents gives one text for all that are alike: most numbers of lines are
        some = {id(one): one for one in values}
        told = dict(zip(some, self._by_model(list(some.values())), strict=True))
        return [told[id(one)] for one in values]

    def _by_model(self, values: Values) -> Values:
        kinds = set(map(type, values))
        if self._is_number and kinds <= _TEXTS:
            # a document's own: what wrote it has checked it
            values = [None if one is None else Decimal(one) for one in values]
        elif not (self._is_number and kinds <= _NUMBERS):
            values = self._models.validate_python(values, from_attributes=True)
        told: Values = self._models.dump_python(values, mode="json", by_alias=True)
        return told


class Table:
    """Writes records of one model as JSON has them."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._columns = [Column(name, field) for name, field in model.model_fields.items()]
        self._names = [column.name for column in self._columns]

    @classmethod
    def of_each(cls, kind: Any) -> "Table | None":
        """Return what writes the records that a field has a list of; None: it has none such."""
        (row,) = get_args(kind) if get_origin(kind) is list else (None,)
        if not (isinstance(row, type) and issubclass(row, BaseModel)) or _does_more(row):
            return None
        return cls(row) if row.model_config.keys() <= _HARMLESS else None

    def told(self, items: Sequence[Any]) -> list[dict[str, Any]]:
        """Return the records as JSON has them; raises one of MISFIT for what they are not."""
        records = [_record(one) for one in items]
        columns = [column.told(records, items) for column in self._columns]
        return [dict(zip(self._names, one, strict=True)) for one in zip(*columns, strict=True)]

    def told_of_each(self, lists: Sequence[Sequence[Any]]) -> Values:
        """Return lists of records, all written together: one page has lines of fifty deals."""
        told = iter(self.told([one for some in lists for one in some]))
        return [[next(told) for _ in some] for some in lists]


class PageWriter:
    """Writes pages of one model, as the model itself would be written."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model
        self._table = Table(model)

    @classmethod
    def of(cls, model: Any) -> "PageWriter | None":
        """Return what writes answers of this model; None: it is no page, or its rows do more."""
        if not (isinstance(model, type) and issubclass(model, Page)):
            return None
        (row,) = model.__pydantic_generic_metadata__["args"]
        if not (isinstance(row, type) and issubclass(row, BaseModel)) or _does_more(row):
            return None
        return cls(row)

    def response(self, rows: Rows[Any]) -> Response | None:
        """Return the answer; None when rows are not what their columns expect."""
        items = rows.items
        if items and isinstance(items[0], self._model):
            return None
        try:
            told = self._table.told(items)
        except MISFIT:
            return None
        page = {"items": told, "next_cursor": rows.next_cursor, "total": rows.total}
        return Response(to_json(page), media_type=JSON)


def _record(item: Any) -> Mapping[str, Any]:
    if isinstance(item, Mapping):
        return item
    # a row of a statement, or an entity whose columns are read without asking each attribute
    found: Mapping[str, Any] = getattr(item, "_mapping", None) or getattr(item, "__dict__", {})
    return found


def _does_more(model: type[BaseModel]) -> bool:
    decorators = model.__pydantic_decorators__
    kinds = (getattr(decorators, name) for name in decorators.__slots__)
    return any(kinds) or model.model_config.get("extra") == "allow"


def _kind_of(field: FieldInfo) -> tuple[Any, bool]:
    """Return the type of a field, be it nullable, and whether there is nothing more to it."""
    kind: Any = field.annotation
    if get_origin(kind) in (Union, UnionType):
        some = [one for one in get_args(kind) if one is not NoneType]
        kind = some[0] if len(some) == 1 else None
    is_plain = not field.metadata and get_origin(kind) is not Annotated
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) is Literal and all(isinstance(one, str) for one in get_args(kind)):
        kind = str
    return kind, is_plain


def with_writer(dependant: Dependant, model: Any) -> Dependant:
    """Return the dependant with a call that answers pages by itself."""
    endpoint, writer = dependant.call, PageWriter.of(model)
    if endpoint is None or writer is None or not inspect.iscoroutinefunction(endpoint):
        return dependant
    answering = copy.copy(dependant)
    answering.call = _answering(endpoint, writer)
    return answering


def _answering(endpoint: Callable[..., Any], writer: PageWriter) -> Callable[..., Any]:
    async def call(**values: Any) -> Any:
        answer = await endpoint(**values)
        written = writer.response(answer) if isinstance(answer, Rows) else None
        return answer if written is None else written

    return call
