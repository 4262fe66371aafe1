"""Refusals as RFC 9457 documents: what is wrong, which rule, where; never the input itself."""

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, LiteralString

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from crm_shared.errors import FieldError, ServiceError
from crm_shared.http.exchange import SCOPE_KEY

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:crm:problem:"
_FIELDS = "broken_by"


class ProblemError(BaseModel):
    """One fault of one field."""

    pointer: str = Field(description="JSON pointer to the field", examples=["/amount"])
    code: str = Field(description="The broken rule", examples=["greater_than_equal"])
    detail: str = Field(description="The rule in words")


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:crm:problem:not-found"])
    title: str
    status: int
    code: str = Field(description="Stable name of the problem", examples=["not-found"])
    detail: str
    trace_id: str = Field(description="Name it when you ask for help")
    errors: list[ProblemError] = []


def responses(*errors: type[ServiceError]) -> dict[int | str, dict[str, Any]]:
    """Describe a route's refusals for OpenAPI: `responses=responses(DealNotFoundError, …)`."""
    described: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        entry = described.setdefault(error.status, {"model": Problem, "description": ""})
        entry["description"] = " · ".join(filter(None, (entry["description"], error.problem)))
    return described


def document(
    request_scope: Mapping[str, Any],
    status: int,
    *,
    code: str,
    title: str,
    detail: str,
    errors: Sequence[FieldError] = (),
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem document as an answer."""
    exchange = request_scope.get(SCOPE_KEY)
    body = {
        **(extra or {}),
        "type": f"{TYPE_PREFIX}{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "trace_id": getattr(exchange, "trace_id", ""),
    }
    if errors:
        body["errors"] = [
            {"pointer": one.pointer, "code": one.code, "detail": one.detail} for one in errors
        ]
    content = json.dumps(body, ensure_ascii=False, default=str).encode("utf-8", "replace")
    return Response(content, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def refusal(request_scope: Mapping[str, Any], error: ServiceError) -> Response:
    """Return a ServiceError as an answer."""
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return document(
        request_scope,
        error.status,
        code=error.problem,
        title=error.title,
        detail=error.detail,
        errors=error.errors,
        extra=error.extra,
        headers=headers,
    )


async def on_service_error(request: Request, error: Exception) -> Response:
    """Answer a refusal of our own."""
    if not isinstance(error, ServiceError):
        raise error
    return refusal(request.scope, error)


async def on_validation_error(request: Request, error: Exception) -> Response:
    """Answer a body or parameter that does not fit its schema; values stay out of the answer."""
    if not isinstance(error, RequestValidationError):
        raise error
    return document(
        request.scope,
        422,
        code="invalid",
        title="Invalid input",
        detail="The input does not fit its description.",
        errors=field_errors(error.errors()),
    )


def broken_by(code: LiteralString, rule: LiteralString, *fields: str) -> PydanticCustomError:
    """Return the fault of a rule that spans a body, and which of its fields break it."""
    return PydanticCustomError(code, rule, {_FIELDS: list(fields)})


def _places_of(error: Mapping[str, Any]) -> list[tuple[str | int, ...]]:
    """Return where an error of pydantic's is: one place, or each field that breaks the rule."""
    named = error.get("ctx", {}).get(_FIELDS)
    return [(*error["loc"], *([] if field is None else [field])) for field in named or [None]]


def field_errors(found: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """Return pydantic's errors as ours, without the values they speak of."""
    return [_field_error(one, where) for one in found for where in _places_of(one)]


def _field_error(error: Mapping[str, Any], where: tuple[str | int, ...]) -> FieldError:
    place, *steps = where
    if error["type"] == "json_invalid":
        return FieldError("", "json_invalid", "The body is not JSON.")
    # pydantic's mark for a name that is wrong itself: the pointer already ends with that name
    pointer = "".join(f"/{_step(one)}" for one in steps if one != "[key]")
    return FieldError(
        pointer if place == "body" else f"/{place}{pointer}", error["type"], _words(error)
    )


def _step(step: object) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")


def _words(error: Mapping[str, Any]) -> str:
    # a value_error's words are our own behind pydantic's mark; other messages may quote the input
    if error["type"] in ("value_error", "assertion_error"):
        return str(error["msg"]).split(", ", 1)[-1]
    if error["type"] in _KINDS:
        told = error.get("ctx", {})
        # the tags that are known are ours; the one that was sent is not told back
        known = f"one of {told['expected_tags']}" if "expected_tags" in told else "which"
        return f"{told.get('discriminator', 'kind')} must say {known}"
    return _QUOTING.get(error["type"], str(error["msg"]))


_KINDS = frozenset({"union_tag_invalid", "union_tag_not_found"})
_QUOTING = {
    "uuid_parsing": "Input should be a valid UUID",
    "date_from_datetime_parsing": "Input should be a valid date",
    "datetime_from_date_parsing": "Input should be a valid instant",
    "url_parsing": "Input should be a valid URL",
    "extra_forbidden": "There is no such field",
}


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses: no such path, wrong method, unreadable body."""
    if not isinstance(error, HTTPException):
        raise error
    if isinstance(error.__cause__, ServiceError):
        # the framework takes our refusal of an endless body for a broken one
        return refusal(request.scope, error.__cause__)
    status = HTTPStatus(error.status_code)
    headers = dict(error.headers or {})
    detail = {
        404: "There is nothing at this address.",
        405: "This address does not know that method.",
        400: "The body cannot be read.",
    }.get(error.status_code, status.phrase)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_allowed(request)))
    return document(
        request.scope,
        error.status_code,
        code=status.phrase.lower().replace(" ", "-"),
        title=status.phrase,
        detail=detail,
        headers=headers,
    )


def _allowed(request: Request) -> set[str]:
    # the framework names the methods of the first route with this path only
    path = request.scope["path"]
    methods: set[str] = set()
    for route in request.app.router.routes:
        pattern = getattr(route, "path_regex", None)
        if pattern is not None and pattern.match(path):
            methods |= getattr(route, "methods", None) or set()
    return methods
