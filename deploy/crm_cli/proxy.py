"""The one origin of an embedded system: a streaming proxy in front of the four services."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import httpx

from crm_cli.openapi import merge
from crm_cli.site import INDEX, SECURITY_HEADERS
from crm_cli.topology import SERVICES, Route, Service, route

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Between two connections and not for the next one (RFC 9110, section 7.6.1).
_HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization te trailer "
    b"transfer-encoding upgrade".split()
)
# What a client claims to be forwarded from is not believed: this is the outermost address.
_NOT_PASSED_ON = _HOP_BY_HOP | {b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-prefix"}
# Below uvicorn's five seconds, so that no request goes out on a connection just being closed.
_LIMITS = httpx.Limits(max_connections=512, max_keepalive_connections=128, keepalive_expiry=3)
# No limit on reading: an event stream may be silent for long.
_TIMEOUT = httpx.Timeout(None, connect=3, pool=10)


class ClientGone(Exception):
    """The client closed the connection before the answer was whole."""


class Origin:
    """ASGI: sends every request to the service that its first path segments name."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses
        self._client = httpx.AsyncClient(limits=_LIMITS, timeout=_TIMEOUT, trust_env=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        target = route(scope["path"])
        if target is None:
            await self._answer(scope["path"], send)
            return
        try:
            await self._forward(target, scope, receive, send)
        except ClientGone:
            logger.debug("the client left %s", scope["path"])

    async def close(self) -> None:
        await self._client.aclose()

    async def _answer(self, path: str, send: Send) -> None:
        if path == "/":
            return await _reply(send, 200, "text/html; charset=utf-8", INDEX)
        if path == "/openapi.json":
            return await self._openapi(send)
        return await _problem(send, 404, "not-found", f"Nothing is served at {path}.")

    async def _openapi(self, send: Send) -> None:
        documents = {}
        for service in SERVICES:
            try:
                answer = await self._client.get(f"{self._addresses[service.name]}/openapi.json")
                documents[service.name] = answer.raise_for_status().json()
            except (httpx.HTTPError, ValueError):
                return await _unavailable(send, service)
        body = json.dumps(merge(documents)).encode()
        return await _reply(send, 200, "application/json", body)

    async def _forward(self, target: Route, scope: Scope, receive: Receive, send: Send) -> None:
        request = self._request(target, scope, receive)
        try:
            answer = await self._client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return await _unavailable(send, target.service)
        except httpx.HTTPError:
            what = f"{target.service.name} broke off before it answered."
            return await _problem(send, 502, "bad-gateway", what)
        try:
            await _relay(answer, receive, send)
        finally:
            await answer.aclose()

    def _request(self, target: Route, scope: Scope, receive: Receive) -> httpx.Request:
        # The path as it was sent: decoding and encoding again could change it.
        path = scope.get("raw_path") or scope["path"].encode()
        path = path.split(b"?")[0][len(target.prefix) :] or b"/"
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        url = httpx.URL(self._addresses[target.service.name]).copy_with(raw_path=path + query)
        headers = [(n, v) for n, v in scope["headers"] if n not in _NOT_PASSED_ON]
        headers += _forwarded(scope, target.prefix)
        names = {name for name, _ in scope["headers"]}
        has_body = bool(names & {b"content-length", b"transfer-encoding"})
        content = _body(receive) if has_body else None
        # Not by the client: it would add headers of its own.
        extensions = {"timeout": _TIMEOUT.as_dict()}
        return httpx.Request(
            scope["method"], url, headers=headers, content=content, extensions=extensions
        )


def _forwarded(scope: Scope, prefix: str) -> list[tuple[bytes, bytes]]:
    client = scope["client"][0] if scope.get("client") else "unknown"
    headers = [(b"x-forwarded-for", client.encode()), (b"x-forwarded-proto", b"http")]
    return [*headers, (b"x-forwarded-prefix", prefix.encode())] if prefix else headers


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        yield message.get("body", b"")
        more = message.get("more_body", False)


async def _relay(answer: httpx.Response, receive: Receive, send: Send) -> None:
    headers = [(n, v) for n, v in answer.headers.raw if n.lower() not in _HOP_BY_HOP]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    sending = asyncio.ensure_future(_send_body(answer, send))
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
    finally:
        for task in (sending, leaving):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, httpx.HTTPError):
                await task


async def _send_body(answer: httpx.Response, send: Send) -> None:
    # Raw: what came compressed goes on compressed.
    async for chunk in answer.aiter_raw():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _unavailable(send: Send, service: Service) -> None:
    what = f"{service.name} does not answer now; the other services do. Try again in a moment."
    await _problem(send, 503, "unavailable", what)


async def _problem(send: Send, status: int, code: str, detail: str) -> None:
    body = {"type": f"urn:crm:problem:{code}", "title": code.replace("-", " ").capitalize()}
    document = {**body, "status": status, "code": code, "detail": detail, "errors": []}
    extra = {b"retry-after": b"1"} if status == httpx.codes.SERVICE_UNAVAILABLE else {}
    kind = "application/problem+json"
    await _reply(send, status, kind, json.dumps(document).encode(), extra=extra)


async def _reply(
    send: Send, status: int, kind: str, body: bytes, *, extra: Mapping[bytes, bytes] | None = None
) -> None:
    headers = {b"content-type": kind.encode(), b"content-length": str(len(body)).encode()}
    headers |= SECURITY_HEADERS | dict(extra or {})
    start = {"type": "http.response.start", "status": status, "headers": list(headers.items())}
    await send(start)
    await send({"type": "http.response.body", "body": body})
