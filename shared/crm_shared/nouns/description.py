"""A noun as JSON Schema (2020-12) with what a CRM knows beside it, under `x-crm`."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from crm_shared.actor import Access
from crm_shared.filters import Fields
from crm_shared.http.hiding import hidden_of
from crm_shared.nouns.fields import PREFIX, fields_of_definitions
from crm_shared.nouns.kinds import LANGUAGES, Definition, FieldType
from crm_shared.nouns.settling import Known
from crm_shared.nouns.values import MOST_CHOSEN, MOST_LONG_TEXT, MOST_TEXT
from crm_shared.policies import covers

if TYPE_CHECKING:
    from crm_shared.nouns.room import Noun

DIALECT = "https://json-schema.org/draft/2020-12/schema"
CUSTOM = "custom_fields"
Labels = Mapping[str, Mapping[str, str]]


def describe(noun: "Noun", known: Known, labels: Labels, access: Access) -> dict[str, Any]:
    """Return the schema of one noun for one caller: what his role may not see is not in it."""
    hidden = hidden_of(noun.name)
    known = {key: one for key, one in known.items() if not covers(hidden, f"{PREFIX}{key}")}
    shown = noun.shown.model_json_schema(mode="serialization")
    taken = noun.taken.model_json_schema(mode="validation")
    scope = noun.write.scope_of(access.actor.role)
    writable = set(noun.taken.model_fields) if scope else set()
    changeable = set(noun.changed.model_fields) if scope else set()
    properties = {
        name: _property(noun, name, part, labels) | ({} if name in writable else {"readOnly": True})
        for name, part in shown["properties"].items()
        if name != CUSTOM and name not in hidden
    }
    for name, part in properties.items():
        part["x-crm"] |= {
            "required": name in taken.get("required", ()),
            "changeable": name in changeable,
        }
    if known:
        properties[CUSTOM] = _custom(noun, known, is_writable=bool(scope))
    asked = [name for name in noun.listing.fields if not covers(hidden, name)]
    filters = [name for name in asked if name not in properties]
    return {
        "$schema": DIALECT,
        "$id": f"{noun.path}/schema",
        "title": noun.name,
        "type": "object",
        "properties": properties,
        "required": [name for name in taken.get("required", []) if name not in hidden],
        "$defs": {**taken.get("$defs", {}), **shown.get("$defs", {})},
        "x-crm": {
            "noun": noun.name,
            "path": noun.path,
            "permissions": {"read": access.scope, "write": scope},
            "sortable": [*(one for one in noun.listing.sortable if one not in hidden), "id"],
            "filters": {name: _asked(noun.listing.fields, name) for name in filters},
        },
    }


def _property(noun: "Noun", name: str, part: dict[str, Any], labels: Labels) -> dict[str, Any]:
    words = _in_every_language(labels.get(name, {}), name)
    described: dict[str, Any] = {
        "labels": words,
        "custom": False,
        "personal": name in noun.personal,
        "operators": _asked(noun.listing.fields, name),
        "sortable": name in noun.listing.sortable or name == "id",
    }
    if name in noun.references:
        described["reference"] = noun.references[name]
    return {**part, "title": words["en"], "x-crm": described}


def _custom(noun: "Noun", known: Known, *, is_writable: bool) -> dict[str, Any]:
    alive = {key: one for key, one in known.items() if not one.is_archived}
    fields = fields_of_definitions(known, noun.model)
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            key: _described(one, fields) | ({} if is_writable else {"readOnly": True})
            for key, one in alive.items()
        },
        "required": [key for key, one in alive.items() if one.is_required],
        "x-crm": {"custom": True},
    }


def _described(field: Definition, fields: Fields) -> dict[str, Any]:
    names = [one for one in fields if f"{one}.".startswith(f"{PREFIX}{field.key}.")]
    told: dict[str, Any] = {
        "type": field.type,
        "labels": _in_every_language(field.labels, field.key),
        "custom": True,
        "personal": field.is_personal,
        "required": field.is_required,
        "unique": field.is_unique,
        "filters": {name: _asked(fields, name) for name in names},
        "sortable": not any(fields[name].many for name in names),
    }
    if field.of is not None:
        told["reference"] = field.of
    if field.options:
        told["options"] = [
            {
                "code": one.code,
                "labels": _in_every_language(one.labels, one.code),
                "archived": one.is_archived,
            }
            for one in field.options
        ]
    shape = {**_shape(field), "title": told["labels"]["en"], "x-crm": told}
    return shape if field.default is None else {**shape, "default": field.default}


def _shape(field: Definition) -> dict[str, Any]:
    codes = [one.code for one in field.options]
    if field.type is FieldType.CHOICE:
        return {"enum": codes}
    if field.type is FieldType.MULTI_CHOICE:
        return {"type": "array", "items": {"enum": codes}, "maxItems": MOST_CHOSEN}
    return dict(_SHAPES[field.type])


_SHAPES: Mapping[FieldType, dict[str, Any]] = {
    FieldType.TEXT: {"type": "string", "maxLength": MOST_TEXT},
    FieldType.LONG_TEXT: {"type": "string", "maxLength": MOST_LONG_TEXT},
    FieldType.URL: {"type": "string", "format": "uri", "maxLength": MOST_TEXT},
    FieldType.INTEGER: {"type": "integer"},
    FieldType.DECIMAL: {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
    FieldType.MONEY: {
        "type": "object",
        "properties": {"amount": {"type": "string"}, "currency": {"type": "string"}},
        "required": ["amount", "currency"],
    },
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.DATETIME: {"type": "string", "format": "date-time"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.REFERENCE: {"type": "string", "format": "uuid"},
}


def _asked(fields: Fields, name: str) -> list[str]:
    return sorted(fields[name].ops) if name in fields else []


def _in_every_language(labels: Mapping[str, str], name: str) -> dict[str, str]:
    """Return a label in each language; the first one there is stands in for a missing one."""
    spare = next(_known(labels), name.replace("_", " ").capitalize())
    return {language: labels.get(language) or spare for language in LANGUAGES}


def _known(labels: Mapping[str, str]) -> Iterator[str]:
    for language in LANGUAGES:
        if labels.get(language):
            yield labels[language]
