"""The mapping: which column becomes which field, and how its text is read (docs/importing.md)."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from crm_shared.errors import FieldError
from crm_shared.imports.errors import MappingError
from crm_shared.imports.nouns import Field as NounField
from crm_shared.imports.nouns import Finder, Kind, Noun

Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
NOTHING: Any = None


class CellRule(BaseModel):
    """Where a value comes from and how it is read. A bare string means a column."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: Name | None = None
    columns: Annotated[list[Name], Field(min_length=1, max_length=20)] | None = Field(
        default=None, description="Several columns, joined by `separator`; empty ones left out"
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
        sources = (self.column, self.columns, self.constant)
        if sum(one is not None for one in sources) != 1:
            raise ValueError("name exactly one of column, columns, constant")
        return self

    @property
    def sources(self) -> list[str]:
        """The columns that are read."""
        return [self.column] if self.column else self.columns or []

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

    external_id: CellRule
    fields: dict[str, CellRule | Items] = Field(min_length=1, max_length=200)
    delimiter: Literal[",", ";", "\t", "|"] | None = Field(
        default=None, description="Found out from the first row when absent"
    )
    encoding: Literal["utf-8", "cp1251"] | None = Field(
        default=None, description="Found out when absent"
    )
    on_duplicate: Literal["error", "skip"] = Field(
        default="error", description="What a second row with the same external id is"
    )


def check_mapping(mapping: ImportMapping, noun: Noun) -> None:
    """Refuse a mapping that names fields or references the noun does not have."""
    errors = list(_faults(mapping.fields, noun.fields, noun.finders, "/mapping/fields"))
    missing = noun.required - mapping.fields.keys()
    errors += [
        FieldError("/mapping/fields", "missing-field", f"{noun.name} needs the field {name}.")
        for name in sorted(missing)
    ]
    if mapping.external_id.constant is not None:
        errors.append(FieldError("/mapping/external_id", "needs-column", "Name a column."))
    if errors:
        raise MappingError(errors)


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
    yield "/mapping/external_id", mapping.external_id
    for name, rule in mapping.fields.items():
        if isinstance(rule, CellRule):
            yield f"/mapping/fields/{name}", rule
            continue
        for index, item in enumerate(rule):
            for inner, one in item.items():
                yield f"/mapping/fields/{name}/{index}/{inner}", one
