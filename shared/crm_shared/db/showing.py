"""Records that no session knows: to be shown, or to be changed by a statement written by hand."""

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import DeclarativeBase, make_transient_to_detached

RecordT = TypeVar("RecordT", bound=DeclarativeBase)


class Showing(Generic[RecordT]):
    """Reads records of a model past the session: its bookkeeping is a fifth of reading them."""

    def __init__(self, model: type[RecordT]) -> None:
        self._model = model
        self._table = model.__table__
        mapper = model.__mapper__
        self._manager = mapper.class_manager
        self._names = [mapper.get_property_by_column(one).key for one in self._table.columns]

    def selected(self, statement: Select[Any], *more: ColumnElement[Any]) -> Select[Any]:
        """Return a statement that selects the model, as one of its columns and of `more`."""
        # the first of a process: attributes of a model answer only then
        self._model.registry.configure()
        return statement.with_only_columns(self._table, *more)

    def record(self, row: Iterable[Any]) -> RecordT:
        """Return what a row of `selected` holds, with all that follows from its columns."""
        record = self._model.__new__(self._model)
        vars(record).update(zip(self._names, row, strict=False))
        return record

    def watched(self, row: Iterable[Any]) -> RecordT:
        """Return the same as a record that was read and let go: what changes on it is known."""
        record: RecordT = self._manager.new_instance()
        vars(record).update(zip(self._names, row, strict=False))
        make_transient_to_detached(record)
        return record
