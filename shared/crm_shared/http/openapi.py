"""The OpenAPI 3.1 document: what FastAPI knows, and what only this toolbox knows."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi

from crm_shared.filters import Field
from crm_shared.filters.tree import LIST_OPS
from crm_shared.http.etag import expected_revision
from crm_shared.http.pagination import DEFAULT_LIMIT, MAX_LIMIT, Listing
from crm_shared.http.problems import MEDIA_TYPE, Problem
from crm_shared.http.routing import CrmRoute

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_SECURITY = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
_FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
_KINDS: dict[type[Any], dict[str, Any]] = {
    UUID: {"type": "string", "format": "uuid"},
    str: {"type": "string"},
    int: {"type": "integer"},
    Decimal: {"type": "string", "examples": ["100.00"]},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
}


def document_of(app: FastAPI) -> dict[str, Any]:
    """Return the document of an application whose routes are CrmRoutes."""
    document = get_openapi(
        title=app.title, version=app.version, openapi_version="3.1.0", routes=app.routes
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _FRAMEWORKS_OWN:
        schemas.pop(name, None)
    schemas.update(_problem_schemas())
    document["components"]["securitySchemes"] = _SECURITY
    for route in app.router.routes:
        if isinstance(route, CrmRoute) and route.include_in_schema:
            for method in route.methods or ():
                _complete(document["paths"][route.path_format][method.lower()], route)
    _drop_item_schema(document)
    return document


def _problem_schemas() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), "Problem": schema}


def _complete(operation: dict[str, Any], route: CrmRoute) -> None:
    for listing in _listings(route.dependant):
        operation.setdefault("parameters", []).extend(_list_parameters(listing))
    if _needs_revision(route.dependant):
        operation.setdefault("parameters", []).append(_IF_MATCH)
    if route.may_keep and not route.is_public:
        operation.setdefault("parameters", []).append(_IDEMPOTENCY)
    if not route.is_public:
        operation["security"] = [{"bearer": []}]
    _describe_refusals(operation, secured=not route.is_public)


def _describe_refusals(operation: dict[str, Any], *, secured: bool) -> None:
    answers = operation["responses"]
    answers.pop("422", None)
    if secured:
        answers.setdefault("401", {"description": "unauthorized"})
        answers.setdefault("403", {"description": "forbidden"})
    answers.setdefault("422", {"description": "invalid"})
    answers.setdefault("default", {"description": "Any other refusal"})
    for status, answer in answers.items():
        plain = answer.get("content", {}).get("application/json", {}).get("schema")
        if (plain is None or plain == _PROBLEM) and (status == "default" or status >= "400"):
            answer["content"] = {MEDIA_TYPE: {"schema": _PROBLEM}}


_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag you read, or * for any",
    "schema": {"type": "string", "examples": ['"3"', "*"]},
}
_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Sent again within 24 hours it gets the first answer again",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


def _needs_revision(dependant: Dependant) -> bool:
    return dependant.call is expected_revision or any(map(_needs_revision, dependant.dependencies))


def _listings(dependant: Dependant) -> Iterator[Listing]:
    if isinstance(dependant.call, Listing):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _listings(inner)


def _list_parameters(listing: Listing) -> Iterator[dict[str, Any]]:
    sortable = ", ".join(sorted({*listing.sortable, "id"}))
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
    yield _query("limit", limit)
    yield _query("cursor", {"type": "string"}, "`next_cursor` of the page before")
    yield _query("sort", {"type": "string", "default": listing.default}, f"By {sortable}; - down")
    yield _query("total", {"type": "boolean", "default": False}, "Count all that match")
    yield from listing.more_parameters
    for name, field in listing.fields.items():
        for op in sorted(field.ops):
            key = name if op == "eq" else f"{name}[{op}]"
            yield _query(key, _schema(field, op), "")


def _query(name: str, schema: dict[str, Any], description: str = "") -> dict[str, Any]:
    parameter = {"name": name, "in": "query", "required": False, "schema": schema}
    return {**parameter, "description": description} if description else parameter


def _schema(field: Field, op: str) -> dict[str, Any]:
    if op == "is_null":
        return {"type": "boolean"}
    if op == "between":
        return {"type": "string", "description": "Both limits, separated by a comma"}
    if op in LIST_OPS:
        return {"type": "string", "description": "Values separated by commas"}
    if issubclass(field.kind, Enum):
        return {"type": "string", "enum": [one.value for one in field.kind]}
    return dict(_KINDS[field.kind])


def _drop_item_schema(node: Any) -> None:
    # a keyword of OpenAPI 3.2 that makes a 3.1 document invalid; client generators read 3.1
    if isinstance(node, dict):
        node.pop("itemSchema", None)
        for value in node.values():
            _drop_item_schema(value)
    elif isinstance(node, list):
        for value in node:
            _drop_item_schema(value)
