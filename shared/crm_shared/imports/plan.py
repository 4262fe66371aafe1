"""From the cells of a row to a draft: values by field, references to be found, faults."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from crm_shared.errors import FieldError, ServiceError
from crm_shared.http.problems import field_errors
from crm_shared.imports import cells
from crm_shared.imports.errors import CellError
from crm_shared.imports.mapping import CellRule, ImportMapping
from crm_shared.imports.nouns import CUSTOM, Field, Kind

Row = Sequence[str]
Reader = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one row: the rule and the column, never the value."""

    row: int | None
    column: str | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reference that a row makes, and the place its id belongs to."""

    of: str
    by: str
    system: str | None
    within: str | None
    text: str
    holder: Any
    key: Any
    column: str | None


@dataclass(slots=True)
class Draft:
    """A row on its way."""

    row: int
    external_id: str
    key: str = ""
    record_id: UUID | None = None
    values: dict[str, Any] = field(default_factory=dict)
    wanted: list[Wanted] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


class _Source:
    """One rule bound to the columns of one file."""

    def __init__(self, name: str, rule: CellRule, known: Field, header: Sequence[str]) -> None:
        self.name = name
        self.rule = rule
        self.known = known
        self.column = ", ".join(rule.sources) or None
        self._indexes = [header.index(column) for column in rule.sources]
        self._constant = "" if rule.constant is None else str(rule.constant)

    def text(self, row: Row) -> str:
        aliases = self.rule.aliases
        if not self._indexes:
            return aliases.get(self._constant, self._constant)
        parts = [row[index].strip() for index in self._indexes]
        if len(parts) > 1:
            parts = [aliases.get(part, part) for part in parts if part]
        # joining would make a plain text of what a workbook knew better
        text = parts[0] if len(parts) == 1 else self.rule.separator.join(parts)
        return aliases.get(text, text)

    def texts(self, row: Row) -> list[str]:
        """Return several values of one cell."""
        text = self.text(row)
        if self.rule.split is None:
            return [text] if text else []
        aliases = self.rule.aliases
        parts = (part.strip() for part in text.split(self.rule.split))
        return [aliases.get(part, part) for part in parts if part]

    def is_literal(self) -> bool:
        """Tell whether the value stands in the mapping just as the API takes it."""
        return not self._indexes and not isinstance(self.rule.constant, str)


class Plan:
    """A mapping bound to the columns of one file."""

    def __init__(
        self,
        mapping: ImportMapping,
        fields: Mapping[str, Field],
        header: Sequence[str],
        zone: ZoneInfo,
    ) -> None:
        self.width = len(header)
        self._zone = zone
        self._skips_unnamed = mapping.unnamed == "skip"
        self.key_by = mapping.key.by if mapping.key else None
        self._id = _bound("external_id", mapping.external_id, header)
        self._key = _bound("key", mapping.key, header)
        named = {"external_id": self._id, "key": self._key}
        self._columns: dict[str, str | None] = {
            name: source.column for name, source in named.items() if source
        }
        self._sources: list[tuple[_Source, Reader]] = []
        self._groups: list[tuple[str, list[list[tuple[_Source, Reader]]]]] = []
        for name, rule in mapping.fields.items():
            if isinstance(rule, CellRule):
                self._sources.append(self._bind(name, name, rule, fields[name], header))
                continue
            inside = fields[name].items
            group = [
                [
                    self._bind(f"{name}/{index}/{inner}", inner, one, inside[inner], header)
                    for inner, one in item.items()
                ]
                for index, item in enumerate(rule)
            ]
            self._groups.append((name, group))

    def external_id(self, row: Row) -> str:
        """Return by what the other system knows the row; a short row has none."""
        return self._id.text(row) if self._id and len(row) == self.width else ""

    def identity(self, row: Row) -> str:
        """Return by what the row is told from the others: its key, else its external id."""
        if self._key is None:
            return self.external_id(row)
        # addresses and numbers are compared as they are stored: two rows that differ in case are
        # one record
        return self._key.text(row).casefold() if len(row) == self.width else ""

    def is_passed_over(self, row: Row) -> bool:
        """Tell whether a row names nothing and the mapping says that this is no error."""
        is_named = bool(self.external_id(row) or self.identity(row))
        return self._skips_unnamed and len(row) == self.width and not is_named

    def draft(self, number: int, row: Row) -> Draft:
        """Read one row."""
        draft = Draft(number, self.external_id(row))
        # a cell too many moves all others: read on, it would put names into fields of money
        if len(row) != self.width:
            detail = f"The row has {len(row)} cells, the first row {self.width}."
            draft.faults.append(Fault(number, None, "wrong-cell-count", detail))
            return draft
        if self._key is not None:
            draft.key = self._key.text(row)
        if not draft.external_id and not draft.key:
            draft.faults.append(self._nameless(number))
        for source, read in self._sources:
            self._take(draft, draft.values, source, read, row)
        for name, group in self._groups:
            made = [self._item(draft, item, row) for item in group]
            draft.values[name] = [one for one in made if one]
        return draft

    def faults_of(self, number: int, refused: Exception) -> list[Fault]:
        """Return the faults of a row that a rule refused, with the columns they come from."""
        return self.told(number, field_errors_of(refused))

    def told(self, number: int, found: Sequence[FieldError]) -> list[Fault]:
        """Return field errors as faults of a row."""
        return [Fault(number, self.column_of(one.pointer), one.code, one.detail) for one in found]

    def _nameless(self, number: int) -> Fault:
        if self._key is not None:
            return Fault(number, self._key.column, "no-key", "The key is empty.")
        column = self.column_of("external_id")
        return Fault(number, column, "no-external-id", "The external id is empty.")

    def column_of(self, pointer: str) -> str | None:
        """Return the column that a field, or a part of it, comes from."""
        place = pointer.strip("/")
        while place:
            if place in self._columns:
                return self._columns[place]
            place = place.rpartition("/")[0]
        return None

    def _bind(
        self, place: str, name: str, rule: CellRule, known: Field, header: Sequence[str]
    ) -> tuple[_Source, Reader]:
        source = _Source(name, rule, known, header)
        self._columns[place] = source.column
        if place.startswith(CUSTOM):
            self._columns[f"custom_fields/{place.removeprefix(CUSTOM)}"] = source.column
        return source, _reader(source, self._zone)

    def _item(
        self, draft: Draft, item: Sequence[tuple[_Source, Reader]], row: Row
    ) -> dict[str, Any]:
        # an item without its references (an empty product) is no item
        named = [source for source, _ in item if source.known.kind is Kind.REFERENCE]
        values: dict[str, Any] = {}
        if named and not any(source.text(row) for source in named):
            return values
        for source, read in item:
            self._take(draft, values, source, read, row)
        return values

    def _take(
        self, draft: Draft, values: dict[str, Any], source: _Source, read: Reader, row: Row
    ) -> None:
        if source.is_literal():
            values[source.name] = source.rule.constant
            return
        # a comma in a name is no second name: only fields that hold several values are split
        texts = source.texts(row) if source.known.many else [source.text(row)]
        if not any(texts):
            self._take_nothing(draft, values, source)
            return
        try:
            found = [read(text) for text in texts]
        except CellError as wrong:
            draft.faults.append(Fault(draft.row, source.column, wrong.code, wrong.detail))
            return
        many = source.known.many
        values[source.name] = found if many else found[0]
        # looked up for a whole portion at once: a query a row would make an import of a million one
        # of days
        if source.known.kind is Kind.REFERENCE and source.rule.by != "id":
            for index, text in enumerate(texts):
                holder, key = (found, index) if many else (values, source.name)
                draft.wanted.append(_wanted(source, text, holder, key))

    def _take_nothing(self, draft: Draft, values: dict[str, Any], source: _Source) -> None:
        if source.rule.when_empty == "clear":
            values[source.name] = [] if source.known.many else None
        elif source.rule.when_empty == "refuse":
            draft.faults.append(Fault(draft.row, source.column, "empty", "The cell is empty."))


def _bound(name: str, rule: CellRule | None, header: Sequence[str]) -> _Source | None:
    return None if rule is None else _Source(name, rule, Field(), header)


def field_errors_of(refused: Exception) -> list[FieldError]:
    """Return what a refusal says as field errors, without the values it speaks of."""
    if isinstance(refused, ValidationError):
        told = refused.errors(include_url=False, include_input=False)
        return field_errors({**one, "loc": ("body", *one["loc"])} for one in told)
    if isinstance(refused, ServiceError):
        return list(refused.errors) or [FieldError("", refused.problem, refused.detail)]
    # the database's own words repeat the value that it refuses
    return [FieldError("", "refused-by-database", "A value does not fit, or exists already.")]


def _wanted(source: _Source, text: str, holder: Any, key: Any) -> Wanted:
    rule = source.rule
    return Wanted(
        of=source.known.of,
        by=rule.by,
        system=rule.system,
        within=rule.within,
        text=text,
        holder=holder,
        key=key,
        column=source.column,
    )


def _reader(source: _Source, zone: ZoneInfo) -> Reader:
    rule, known = source.rule, source.known
    readers: dict[Kind, Reader] = {
        Kind.NUMBER: partial(cells.number, decimal=rule.decimal, scale=rule.scale),
        Kind.DAY: partial(cells.day, formats=rule.formats),
        Kind.MOMENT: partial(cells.moment, formats=rule.formats, zone=zone),
        Kind.FLAG: cells.flag,
    }
    if known.key is not None:
        wrapper = known.key
        return lambda text: {wrapper: text}
    return readers.get(known.kind, str)
