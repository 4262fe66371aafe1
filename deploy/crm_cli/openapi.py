"""One OpenAPI document of four."""

from collections.abc import Mapping
from typing import Any

from crm_cli.topology import route

Document = dict[str, Any]
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_ABOUT = "Contacts, deals, notifications and reporting behind one origin."


def merge(documents: Mapping[str, Document]) -> Document:
    """Return one document; what has one name but differs gets its service's name in front."""
    info = {"title": "CRM", "version": _version(documents), "description": _ABOUT}
    merged: Document = {"openapi": "3.1.0", "info": info, "paths": {}, "components": {}, "tags": []}
    operations: set[str] = set()
    for service, document in documents.items():
        parts = merged["components"]
        own = _renamed(document, _collisions(service, document, parts))
        for path, item in own.get("paths", {}).items():
            target = route(path)
            # Health, metrics and the like are each service's own, under /-/<service>/.
            if target is not None and target.service.name == service:
                merged["paths"][path] = _with_own_ids(service, item, operations)
        for kind, named in own.get("components", {}).items():
            parts.setdefault(kind, {}).update(named)
        known = {tag["name"] for tag in merged["tags"]}
        merged["tags"] += [tag for tag in own.get("tags", []) if tag["name"] not in known]
    return merged


def _version(documents: Mapping[str, Document]) -> str:
    return max((document["info"]["version"] for document in documents.values()), default="0")


def _collisions(service: str, document: Document, taken: Document) -> dict[str, str]:
    """Return the references of this document that would reach another service's component."""
    new_names = {}
    for kind, named in document.get("components", {}).items():
        for name, part in named.items():
            if taken.get(kind, {}).get(name, part) != part:
                before = f"#/components/{kind}/{name}"
                new_names[before] = f"#/components/{kind}/{service.capitalize()}{name}"
    return new_names


def _renamed(document: Document, new_names: Mapping[str, str]) -> Document:
    renamed: Document = _with_references(document, new_names)
    for before, after in new_names.items():
        _, _, kind, name = before.split("/")
        named = renamed["components"][kind]
        named[after.rpartition("/")[2]] = named.pop(name)
    return renamed


def _with_references(value: Any, new_names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _with_references(part, new_names) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_references(part, new_names) for part in value]
    return new_names.get(value, value) if isinstance(value, str) else value


def _with_own_ids(service: str, item: Document, taken: set[str]) -> Document:
    own = dict(item)
    for method in _METHODS & item.keys():
        operation = own[method] = dict(item[method])
        name = operation.get("operationId")
        if name in taken:
            operation["operationId"] = f"{service}_{name}"
        taken.add(operation.get("operationId", ""))
    return own
