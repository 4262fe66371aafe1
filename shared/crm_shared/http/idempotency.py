"""Idempotency-Key: a POST sent again gets the answer of the first, and nothing is done twice."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from fastapi import Request
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from crm_shared.db.infrastructure import IDEMPOTENCY_KEYS
from crm_shared.errors import ConflictError, FieldError, InvalidError
from crm_shared.http.exchange import Exchange

KEPT = timedelta(hours=24)
MAX_KEY = 255
KEPT_HEADERS = ("content-type", "etag", "location", "link")
_keys = IDEMPOTENCY_KEYS.c

EndpointT = TypeVar("EndpointT", bound=Callable[..., Any])
_UNKEPT = "__crm_answer_is_not_kept__"


class RequestInFlightError(ConflictError):
    """The first request with this key has not been answered yet."""

    problem = "request-in-flight"

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is still being worked on.")
        self.retry_after = 1


class KeyReusedError(InvalidError):
    """The key was used for another request."""

    problem = "idempotency-key-reused"

    def __init__(self) -> None:
        super().__init__(
            FieldError("/header/idempotency-key", "reused", "The key belongs to another request."),
            detail="This Idempotency-Key was sent before with another request.",
        )


def answer_is_not_kept(endpoint: EndpointT) -> EndpointT:
    """Mark an endpoint whose answer holds a secret: it must not lie in a table for a day."""
    setattr(endpoint, _UNKEPT, True)
    return endpoint


def keeps_answer(endpoint: Callable[..., Any]) -> bool:
    """Tell whether answers of this endpoint may be kept."""
    return not getattr(endpoint, _UNKEPT, False)


@dataclass(frozen=True, slots=True)
class _Key:
    actor_id: UUID
    route: str
    key: str
    body_hash: bytes

    def lock(self) -> tuple[int, int]:
        digest = hashlib.blake2b(f"{self.actor_id}|{self.route}|{self.key}".encode()).digest()
        return (
            int.from_bytes(digest[:4], "big", signed=True),
            int.from_bytes(digest[4:8], "big", signed=True),
        )

    def where(self) -> tuple[Any, ...]:
        return (
            _keys.actor_id == self.actor_id,
            _keys.route == self.route,
            _keys.key == self.key,
            _keys.created_at > func.now() - KEPT,
        )


async def once(
    exchange: Exchange, request: Request, act: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Run `act` and keep its answer in the same transaction, or give the answer that is kept."""
    key = await _key(exchange, request)
    exchange.keeps_answer = True
    session = exchange.session()
    kept = await _claim(session, key)
    if kept is not None:
        exchange.keeps_answer = False
        return kept
    response = await act(request)
    await _keep(session, key, response)
    return response


async def _key(exchange: Exchange, request: Request) -> _Key:
    value = request.headers["idempotency-key"].strip()
    if not value or len(value) > MAX_KEY or not value.isprintable():
        raise InvalidError(
            FieldError(
                "/header/idempotency-key", "invalid-key", f"1 to {MAX_KEY} printable characters."
            )
        )
    seen = f"{request.url.path}?{request.url.query}\n".encode()
    body_hash = hashlib.sha256(seen + await request.body()).digest()
    actor_id = exchange.actor.id if exchange.actor else UUID(int=0)
    return _Key(actor_id, f"{exchange.method} {exchange.route_template}", value, body_hash)


async def _claim(session: AsyncSession, key: _Key) -> Response | None:
    # a lock that is tried, not waited for: the second of two gets its 409 at once
    first, second = key.lock()
    locked = await session.scalar(select(func.pg_try_advisory_xact_lock(first, second)))
    if not locked:
        raise RequestInFlightError
    row = (await session.execute(select(IDEMPOTENCY_KEYS).where(*key.where()))).one_or_none()
    if row is None:
        return None
    if row.body_hash != key.body_hash:
        raise KeyReusedError
    headers = {**(row.headers or {}), "Idempotency-Replayed": "true"}
    return Response(row.body or b"", row.status, headers=headers)


async def _keep(session: AsyncSession, key: _Key, response: Response) -> None:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    answer = {
        "body_hash": key.body_hash,
        "status": response.status_code,
        "headers": json.loads(json.dumps(headers)),
        "body": bytes(response.body),
        "created_at": func.now(),
    }
    statement = insert(IDEMPOTENCY_KEYS).values(
        actor_id=key.actor_id, route=key.route, key=key.key, **answer
    )
    await session.flush()
    await session.execute(
        # only an answer older than a day can still be here: the lock keeps younger ones out
        statement.on_conflict_do_update(index_elements=["actor_id", "route", "key"], set_=answer)
    )
