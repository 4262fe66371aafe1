"""Custom fields in the filter grammar: `custom.<key>` for lists, rules, requirements, views."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from crm_shared.filters import DocumentField, Field, Fields
from crm_shared.nouns.kinds import PYTHON, Definition, FieldType
from crm_shared.nouns.settling import Known

PREFIX = "custom."


def fields_of_definitions(known: Known, model: type[Any] | None) -> Fields:
    """Return the fields that can be asked; archived ones cannot."""
    return Fields(
        (name, field)
        for definition in known.values()
        if not definition.is_archived
        for name, field in _fields_of(definition, model)
    )


def _fields_of(definition: Definition, model: type[Any] | None) -> Iterator[tuple[str, Field]]:
    name, key = f"{PREFIX}{definition.key}", definition.key
    document = None if model is None else getattr(model, definition.column)
    if definition.type is FieldType.MONEY:
        for part, kind in (("amount", Decimal), ("currency", str)):
            path = (key, part)
            yield f"{name}.{part}", DocumentField(kind, document, path, attribute="all_fields")
        return
    kind = PYTHON[definition.type]
    yield name, DocumentField(kind, document, (key,), attribute="all_fields")


def told_fields(known: Known, noun: str) -> Fields:
    """Return what can be asked of a noun's events: `<noun>.custom_fields.<key>`, as told there."""
    public = {key: one for key, one in known.items() if not one.is_personal}
    return Fields(
        (f"{noun}.custom_fields.{name.removeprefix(PREFIX)}", field)
        for name, field in fields_of_definitions(public, None).items()
    )


def sortable(fields: Fields) -> tuple[str, ...]:
    """Return those custom fields that a list can be sorted by."""
    return tuple(
        name for name, field in fields.items() if name.startswith(PREFIX) and not field.many
    )


def held(values: Mapping[str, Any], name: str) -> Any:
    """Return what a record has of a field, its own or a custom one."""
    if not name.startswith(PREFIX):
        return values.get(name)
    return (values.get("custom") or {}).get(name.removeprefix(PREFIX))


def place_of(name: str) -> str:
    """Return where a field stands in the body of a record."""
    bare = f"custom_fields/{name.removeprefix(PREFIX)}" if name.startswith(PREFIX) else name
    return f"/{bare.replace('.', '/')}"


def custom_name(name: str) -> str:
    """Return the custom field that a part of it belongs to."""
    return ".".join(name.split(".")[:2])
