"""Records that are read only to be shown: nothing keeps watch over what becomes of them."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import DeclarativeBase

RecordT = TypeVar("RecordT", bound=DeclarativeBase)


class Showing(Generic[RecordT]):
    """Reads records of a model that no session knows: to change one, it must be read anew.

    A session's own bookkeeping takes a fifth of the time in which a page of them is read.
    """

    def __init__(self, model: type[RecordT]) -> None:
        self._model = model
        self._table = model.__table__
        mapper = model.__mapper__
        self._names = [mapper.get_property_by_column(one).key for one in self._table.columns]

    def selected(self, statement: Select[Any], *more: ColumnElement[Any]) -> Select[Any]:
        """Return a statement that selects the model, as one of its columns and of `more`."""
        return statement.with_only_columns(self._table, *more)

    def record(self, row: Sequence[Any]) -> RecordT:
        """Return what a row of `selected` holds, with all that follows from its columns."""
        record = self._model.__new__(self._model)
        vars(record).update(zip(self._names, row, strict=False))
        return record
