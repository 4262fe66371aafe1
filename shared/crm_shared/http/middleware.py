"""The one layer around every request: trace, headers, metrics, access log, last answer."""

import re
import secrets
import time
from uuid import UUID

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crm_shared.http.conditional import NOT_MODIFIED, is_known, not_modified
from crm_shared.http.exchange import SCOPE_KEY, Exchange, Resources
from crm_shared.http.problems import document
from crm_shared.http.proxies import TrustedProxies, read_networks
from crm_shared.observability.access_log import AccessLog
from crm_shared.observability.logging import get_logger, told_without_values
from crm_shared.observability.metrics import RequestMeter

log = get_logger(__name__)

_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_NO_TRACE = b"0" * 32
_ALWAYS = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
# unless the answer brings its own
_USUAL = {
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
}


class CrmMiddleware:
    """Pure ASGI: what wraps each request costs on each request."""

    def __init__(self, app: ASGIApp, resources: Resources) -> None:
        self.app = app
        self.resources = resources
        service = resources.settings.service
        self._proxies = TrustedProxies(read_networks(resources.settings.trusted_proxies))
        self._meter = RequestMeter(service)
        self._log = AccessLog(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self._proxies.reveal(scope)
        exchange = Exchange(self.resources, scope["method"])
        _follow_trace(exchange, scope["headers"])
        scope[SCOPE_KEY] = exchange

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                if is_known(scope, message):
                    message = not_modified(message)
                exchange.status = message["status"]
                message["headers"] = _with_ours(message["headers"], exchange)
            elif exchange.status == NOT_MODIFIED:
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception as failure:
            log.error("request failed", trace_id=exchange.trace_id, **told_without_values(failure))
            if not exchange.status:
                await _last_answer(scope)(scope, receive, answer)
            raise
        finally:
            self._tell(exchange)

    def _tell(self, exchange: Exchange) -> None:
        seconds = time.perf_counter() - exchange.started
        # without a status nobody got an answer: the client left
        status = exchange.status or 499
        self._meter.count(exchange.method, exchange.route_template, status, seconds)
        self._log.write(
            exchange.method,
            exchange.route_template,
            status=status,
            seconds=seconds,
            actor_id=exchange.actor.id if exchange.actor else None,
            trace_id=exchange.trace_id,
        )


def _follow_trace(exchange: Exchange, headers: list[tuple[bytes, bytes]]) -> None:
    for name, value in headers:
        if name == b"traceparent":
            match = _TRACEPARENT.fullmatch(value)
            if match and match[1] != _NO_TRACE:
                exchange.trace_id = match[1].decode()
                exchange.request_id = UUID(exchange.trace_id)
                exchange.span_id = secrets.token_hex(8)


def _with_ours(headers: list[tuple[bytes, bytes]], exchange: Exchange) -> list[tuple[bytes, bytes]]:
    given = {name for name, _ in headers}
    usual = [(name, value) for name, value in _USUAL.items() if name not in given]
    request_id = (b"x-request-id", str(exchange.request_id).encode())
    return [*headers, request_id, *_ALWAYS, *usual, *exchange.extra_headers]


def _last_answer(scope: Scope) -> ASGIApp:
    return document(
        scope,
        500,
        code="internal-error",
        title="Internal error",
        detail="Something went wrong on our side; name the trace_id when you ask for help.",
    )
