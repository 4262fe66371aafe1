"""Contracts: what a service publishes, as JSON Schema with an example, and who relies on it."""

import importlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from crm_shared.events import asyncapi
from crm_shared.events.envelope import Event, service_of, stream_of

DOCUMENT = "asyncapi.json"


class BrokenContractError(Exception):
    """A published event would change in a way that its readers cannot bear."""


def published(package: str) -> list[type[Event]]:
    """Return every event that a service publishes, in order of their names."""
    module = importlib.import_module(f"{package}.events")
    found = {
        kind.type: kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Event) and kind.type
    }
    return [found[name] for name in sorted(found)]


def examples(package: str) -> dict[str, Event]:
    """Return the one example of each published event, by type."""
    module = importlib.import_module(f"{package}.examples")
    return {example.type: example for example in module.EXAMPLES}


def render(package: str) -> dict[str, dict[str, Any]]:
    """Return the contract files of a service: name → content."""
    given = examples(package)
    files = {}
    for kind in published(package):
        if kind.type not in given:
            raise BrokenContractError(f"{kind.type} has no example")
        files[file_name(kind.type)] = {
            "subject": kind.type,
            "stream": stream_of(service_of(kind.type)),
            "description": (kind.__doc__ or "").strip(),
            "schema": kind.model_json_schema(mode="serialization"),
            "example": json.loads(given[kind.type].model_dump_json()),
        }
    return files


def file_name(event_type: str) -> str:
    """Return the file of a type: `deal.stage_changed.v1.json`."""
    return ".".join(event_type.split(".")[2:]) + ".json"


def home(package: str) -> Path:
    """Return the folder in which a service's contracts are committed."""
    return Path(str(importlib.import_module(package).__file__)).parent.parent / "contracts"


def write(package: str, *, check: bool = False) -> list[str]:
    """Write the contract files and return the names that were stale.

    With `check` nothing is written. Raises BrokenContractError when a committed version would
    change in a way that breaks readers: such a change needs a new version of the type.
    """
    folder = home(package)
    rendered = {
        **render(package),
        DOCUMENT: asyncapi.document(package, published(package), examples(package)),
    }
    stale = [path.name for path in folder.glob("*.json") if path.name not in rendered]
    if stale and not check:
        raise BrokenContractError(f"{', '.join(stale)}: a published type cannot vanish")
    for name, content in rendered.items():
        path = folder / name
        text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        if path.exists():
            before = json.loads(path.read_text()).get("schema", {})
            broken = list(breaking_changes(before, content.get("schema", {})))
            if broken:
                raise BrokenContractError(f"{name}: {'; '.join(broken)}")
            if path.read_text() == text:
                continue
        stale.append(name)
        if not check:
            folder.mkdir(exist_ok=True)
            path.write_text(text)
    return stale


def breaking_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Name what a reader of `old` would miss in `new`: removed, optional or retyped fields.

    The publisher may only add. A keyword that is not understood counts as broken when it differs.
    """
    yield from _compare(old, new, old, new, "")


def _compare(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    old_root: Mapping[str, Any],
    new_root: Mapping[str, Any],
    path: str,
) -> Iterator[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    for name, field in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{path}/{name} was removed"
        else:
            yield from _compare(
                field, new["properties"][name], old_root, new_root, f"{path}/{name}"
            )
    for name in old.get("required", ()):
        if name not in new.get("required", ()):
            yield f"{path}/{name} may be absent now"
    if "items" in old and "items" in new:
        yield from _compare(old["items"], new["items"], old_root, new_root, f"{path}/[]")
    yield from _keywords(old, new, old_root, new_root, path)


def _keywords(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    old_root: Mapping[str, Any],
    new_root: Mapping[str, Any],
    path: str,
) -> Iterator[str]:
    said = {"title", "description", "default", "examples"}
    walked = {"properties", "required", "items", "$defs", "enum", "anyOf", "additionalProperties"}
    for key in (old.keys() | new.keys()) - said - walked:
        if old.get(key) != new.get(key):
            yield f"{path or '/'} {key} changed"
    if set(new.get("enum", ())) - set(old.get("enum", ())) and "enum" in old:
        return  # readers take unknown values as "other": enums are open
    if ("enum" in old) != ("enum" in new):
        yield f"{path or '/'} enum came or went"
    if [_resolved(one, old_root) for one in old.get("anyOf", ())] != [
        _resolved(one, new_root) for one in new.get("anyOf", ())
    ]:
        yield from _any_of(old, new, old_root, new_root, path)


def _any_of(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    old_root: Mapping[str, Any],
    new_root: Mapping[str, Any],
    path: str,
) -> Iterator[str]:
    before, after = old.get("anyOf", []), new.get("anyOf", [])
    if len(before) != len(after):
        yield f"{path or '/'} may be of other types now"
        return
    for one, other in zip(before, after, strict=True):
        yield from _compare(one, other, old_root, new_root, path)


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    return found


def unmet_needs(reader: type[BaseModel], schema: Mapping[str, Any]) -> list[str]:
    """Name the fields that a reader requires and the publisher does not always send."""
    return list(_needs(reader, schema, schema, ""))


def _needs(
    reader: type[BaseModel], schema: Mapping[str, Any], root: Mapping[str, Any], path: str
) -> Iterator[str]:
    schema = _resolved(schema, root)
    for name, field in reader.model_fields.items():
        where = f"{path}/{field.alias or name}"
        sent = schema.get("properties", {}).get(field.alias or name)
        if sent is None or (field.alias or name) not in schema.get("required", ()):
            if field.is_required():
                yield where
            continue
        inner = _model_of(field.annotation)
        if inner is not None:
            yield from _needs(inner, _object_of(sent, root), root, where)


def _model_of(annotation: Any) -> type[BaseModel] | None:
    options = [annotation, *getattr(annotation, "__args__", ())]
    for one in options:
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
    return None


def _object_of(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    schema = _resolved(schema, root)
    if "items" in schema:
        return _resolved(schema["items"], root)
    for one in schema.get("anyOf", ()):
        if one.get("type") != "null":
            return _object_of(one, root)
    return schema


def summary(package: str) -> dict[str, Any]:
    """Return what a service publishes and hears, for the broker's permissions and the docs."""
    parts = importlib.import_module(f"{package}.worker").PARTS
    service = package.removeprefix("crm_")
    return {
        "service": service,
        "stream": stream_of(service),
        "publishes": [kind.type for kind in published(package)],
        "subscriptions": [
            {"durable": one.durable, "stream": one.stream, "filter": one.subject}
            for one in parts.subscriptions
        ],
        "refs": sorted(parts.refs),
    }
