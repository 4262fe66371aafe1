"""The mapping: which column becomes which field, and how its text is read (docs/importing.md)."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from crm_shared.errors import FieldError
from crm_shared.imports.errors import MappingError
from crm_shared.imports.nouns import Field as NounField
from crm_shared.imports.nouns import Finder, Kind, Noun

Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
NOTHING: Any = None
# kept beside the mapping: this import waits when its file is whole
HOLD = "hold"


class CellRule(BaseModel):
    """Where a value comes from and how it is read. A bare string means a column."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: Name | None = None
    columns: Annotated[list[Name], Field(min_length=1, max_length=20)] | None = Field(
        default=None, description="Several columns, joined by `separator`; empty ones left out"
    )
    any_of: Annotated[list[Name], Field(min_length=1, max_length=30)] | None = Field(
        default=None, description="The first of these columns that the file has"
    )
    some_of: Annotated[list[Name], Field(min_length=1, max_length=30)] | None = Field(
        default=None, description="Those of these columns that the file has, joined like `columns`"
    )
    separator: str = Field(default=" ", max_length=10)
    constant: JsonValue = Field(default=NOTHING, description="The same value for every row")
    aliases: dict[str, str] = Field(default={}, max_length=1000, description="As is → as meant")
    when_empty: Literal["keep", "clear", "refuse"] = Field(
        default="keep", description="An empty cell says nothing, empties the field, or is an error"
    )
    format: str | Annotated[list[str], Field(max_length=5)] | None = Field(
        default=None, description="Of dates, as strptime reads them", examples=["%d.%m.%Y"]
    )
    decimal: Literal[".", ","] = "."
    scale: Decimal | None = Field(default=None, description="Numbers are multiplied by this")
    split: str | None = Field(default=None, min_length=1, max_length=5)
    by: str = Field(default="external_id", description="By what a reference is named")
    system: str | None = Field(default=None, description="Whose external id, if not the import's")
    within: str | None = Field(default=None, description="The parent a name belongs to")

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, given: Any) -> Any:
        return {"column": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        sources = (self.column, self.columns, self.any_of, self.some_of, self.constant)
        if sum(one is not None for one in sources) != 1:
            raise ValueError("name exactly one of column, columns, any_of, some_of, constant")
        return self

    @property
    def sources(self) -> list[str]:
        """The columns that are read."""
        if self.column:
            return [self.column]
        return self.columns or self.any_of or self.some_of or []

    def fitted(self, header: Sequence[str]) -> "CellRule | None":
        """Return the rule for a file of these columns; None when it has none of them."""
        if self.any_of is None and self.some_of is None:
            return self
        here = [name for name in self.any_of or self.some_of or [] if name in header]
        if not here:
            return None
        which = {"column": here[0]} if self.any_of else {"columns": here}
        return self.model_copy(update={"any_of": None, "some_of": None, **which})

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats that a date may have."""
        if self.format is None:
            return ()
        return (self.format,) if isinstance(self.format, str) else tuple(self.format)


Items: TypeAlias = Annotated[list[dict[str, CellRule]], Field(max_length=50)]


class ImportMapping(BaseModel):
    """How the rows of one file become records of one noun."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    external_id: CellRule | None = None
    key: CellRule | None = Field(
        default=None,
        description="What finds the record to change: `by` id, email, phone, number, sku …",
    )
    when_missing: Literal["create", "skip", "error"] = Field(
        default="create", description="What becomes of a row whose key finds nothing"
    )
    fields: dict[str, CellRule | Items] = Field(min_length=1, max_length=200)
    delimiter: Literal[",", ";", "\t", "|"] | None = Field(
        default=None, description="Found out from the first row when absent"
    )
    encoding: Literal["utf-8", "cp1251"] | None = Field(
        default=None, description="Found out when absent"
    )
    unnamed: Literal["error", "skip"] = Field(
        default="error", description="What a row without external id and key is"
    )
    on_duplicate: Literal["error", "skip"] = Field(
        default="error", description="What a second row with the same external id is"
    )


def kept_mapping(kept: Mapping[str, Any]) -> ImportMapping:
    """Return the mapping that an import was stored with."""
    return ImportMapping.model_validate({k: v for k, v in kept.items() if k != HOLD})


def stored_mapping(mapping: ImportMapping, *, hold: bool) -> dict[str, Any]:
    """Return a mapping as it is stored with its import."""
    kept = mapping.model_dump(mode="json", exclude_defaults=True)
    return {**kept, HOLD: True} if hold else kept


def check_mapping(mapping: ImportMapping, noun: Noun) -> None:
    """Refuse a mapping that names fields or references the noun does not have."""
    errors = list(_faults(mapping.fields, noun.fields, noun.finders, "/mapping/fields"))
    missing = noun.required - mapping.fields.keys()
    errors += [
        FieldError("/mapping/fields", "missing-field", f"{noun.name} needs the field {name}.")
        for name in sorted(missing)
    ]
    errors += _name_faults(mapping, noun)
    if errors:
        raise MappingError(errors)


def _name_faults(mapping: ImportMapping, noun: Noun) -> Iterator[FieldError]:
    for name, rule in (("external_id", mapping.external_id), ("key", mapping.key)):
        if rule is not None and rule.constant is not None:
            yield FieldError(f"/mapping/{name}", "needs-column", "Name a column.")
    if mapping.external_id is None and mapping.key is None:
        detail = "Say which column names a record: external_id, or key."
        yield FieldError("/mapping/external_id", "missing", detail)
    if mapping.key is not None and mapping.key.by not in noun.keys:
        known = ", ".join(sorted(noun.keys)) or "nothing but its external id"
        yield FieldError("/mapping/key/by", "unknown-name", f"{noun.name} is found by: {known}.")


def _faults(
    rules: Mapping[str, Any],
    fields: Mapping[str, NounField],
    finders: Mapping[str, Finder],
    pointer: str,
) -> Iterator[FieldError]:
    for name, rule in rules.items():
        where, known = f"{pointer}/{name}", fields.get(name)
        if known is None:
            detail = f"Known are: {', '.join(sorted(fields))}."
            yield FieldError(where, "unknown-field", detail)
        elif isinstance(rule, list) != (known.kind is Kind.ITEMS):
            wanted = "a list of items" if known.kind is Kind.ITEMS else "one rule"
            yield FieldError(where, "wrong-shape", f"{name} takes {wanted}.")
        elif isinstance(rule, list):
            for index, item in enumerate(rule):
                yield from _faults(item, known.items, finders, f"{where}/{index}")
        elif known.kind is Kind.REFERENCE:
            allowed = finders[known.of].by | {"id"}
            if rule.by not in allowed:
                words = ", ".join(sorted(allowed))
                yield FieldError(f"{where}/by", "unknown-name", f"{name} is named by: {words}.")


def fitted(mapping: ImportMapping, header: Sequence[str]) -> ImportMapping:
    """Return the mapping for a file of these columns: fields of columns it lacks are left out."""
    fields: dict[str, CellRule | Items] = {}
    for name, rule in mapping.fields.items():
        if isinstance(rule, CellRule):
            if (one := rule.fitted(header)) is not None:
                fields[name] = one
            continue
        items = [
            {inner: fit for inner, one in item.items() if (fit := one.fitted(header)) is not None}
            for item in rule
        ]
        if kept := [item for item in items if item]:
            fields[name] = kept
    named = {
        name: rule.fitted(header) or rule
        for name, rule in (("external_id", mapping.external_id), ("key", mapping.key))
        if rule is not None
    }
    return mapping.model_copy(update={"fields": fields, **named})


def unknown_columns(mapping: ImportMapping, header: list[str]) -> list[FieldError]:
    """Return a fault for every column that the mapping names and the file does not have once."""
    faults = []
    for pointer, rule in rules_of(mapping):
        for column in rule.sources:
            if column not in header:
                detail = f"There is no column {column!r}; there are: {', '.join(header[:50])}."
                faults.append(FieldError(pointer, "unknown-column", detail))
            elif header.count(column) > 1:
                detail = f"There are several columns {column!r}."
                faults.append(FieldError(pointer, "ambiguous-column", detail))
    return faults


def rules_of(mapping: ImportMapping) -> Iterator[tuple[str, CellRule]]:
    """Yield every rule with its place in the mapping."""
    if mapping.external_id is not None:
        yield "/mapping/external_id", mapping.external_id
    if mapping.key is not None:
        yield "/mapping/key", mapping.key
    for name, rule in mapping.fields.items():
        if isinstance(rule, CellRule):
            yield f"/mapping/fields/{name}", rule
            continue
        for index, item in enumerate(rule):
            for inner, one in item.items():
                yield f"/mapping/fields/{name}/{index}/{inner}", one
