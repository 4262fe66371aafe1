"""The route every endpoint stands on: sign-in, limits, one transaction, kept answers."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response, params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from crm_shared import context
from crm_shared.context import Context
from crm_shared.http import idempotency
from crm_shared.http.auth import is_public, requirements_of
from crm_shared.http.body_limit import default_limit, limited
from crm_shared.http.exchange import Exchange, exchange_of
from crm_shared.http.plain import without_plain
from crm_shared.http.shapes import Shown
from crm_shared.http.veil import Veil
from crm_shared.http.writing import with_writer

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class CrmRoute(APIRoute):
    """Signs the caller in before the body is read, commits before the answer is sent."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        max_body_size: int | None = None,
        **more: Any,
    ) -> None:
        # the framework's own limit answers in plain text, past every exception handler
        self.body_limit = default_limit(path) if max_body_size is None else max_body_size
        super().__init__(path, endpoint, **more)
        self._head, self._tail = path.partition("{")[0], path.rpartition("}")[2]
        takes_slashes = any(one.regex == ".*" for one in self.param_convertors.values())
        self._slashes = None if takes_slashes else path.count("/")
        self._veil: Veil | None = None

    def veil_with(self, shown: Shown) -> None:
        """Learn which bodies show records, so that hidden fields can be taken out of them."""
        if self._veil is not None and self._veil.shown is shown:
            return  # routes outlive the application: a second one of a process knows already
        taken = None if self.body_field is None else self.body_field.field_info.annotation
        is_read = self.path.endswith("/search") or "GET" in (self.methods or ())
        self._veil = Veil(shown, self.response_model, taken, is_read=is_read)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        # most routes are not meant: spare them the regular expression
        path: str = scope["path"]
        if not (path.startswith(self._head) and path.endswith(self._tail)):
            return Match.NONE, {}
        if self._slashes is not None and path.count("/") != self._slashes:
            return Match.NONE, {}
        return super().matches(scope)

    def get_route_handler(self) -> Handler:
        """Wrap the framework's handler; its dependencies are known by now."""
        told = self.dependant
        self.dependant = without_plain(with_writer(told, self.response_model))
        answer = super().get_route_handler()
        self.dependant = told  # what the document is written from
        self.requirements = requirements_of(self.dependant)
        self.is_public = is_public(self.dependant)
        self.query_names = query_names(self.dependant)
        self.may_keep = "POST" in (self.methods or ()) and idempotency.keeps_answer(self.endpoint)

        async def handle(request: Request) -> Response:
            exchange = exchange_of(request)
            exchange.route_template = self.path_format
            self._admit(exchange, request)
            request._receive = limited(request.scope, request._receive, self.body_limit)
            try:
                with context.use(_context(exchange)):
                    response = await self._veiled(exchange, request, answer)
                    await exchange.commit()
            finally:
                await exchange.close()
            return response

        return handle

    async def _veiled(self, exchange: Exchange, request: Request, answer: Handler) -> Response:
        if self._veil is None or exchange.actor is None:
            return await self._answer(exchange, request, answer)
        hidden = context.current().hidden
        await self._veil.before(request, hidden)
        response = await self._answer(exchange, request, answer)
        return await self._veil.after(exchange, response, hidden)

    async def _answer(self, exchange: Exchange, request: Request, answer: Handler) -> Response:
        # without an actor nobody owns the key, and what sign-in answers must not be kept
        if self.may_keep and exchange.actor and "idempotency-key" in request.headers:
            return await idempotency.once(exchange, request, answer)
        return await answer(request)

    def _admit(self, exchange: Exchange, request: Request) -> None:
        resources = exchange.resources
        if not self.is_public:
            exchange.actor = resources.authenticator.actor(request.headers.get("authorization"))
        resources.limiter.spend(exchange, request)
        if exchange.actor is not None:
            for requirement in self.requirements:
                requirement.check(exchange.actor)


def query_names(dependant: Dependant) -> frozenset[str]:
    """Return the query parameters that a route declares beside its list's own."""
    names = {field.alias for field in dependant.query_params}
    return frozenset(names.union(*(query_names(inner) for inner in dependant.dependencies)))


def _context(exchange: Exchange) -> Context:
    traceparent = f"00-{exchange.trace_id}-{exchange.span_id}-01"
    if exchange.actor is None:
        return Context(correlation_id=exchange.request_id, traceparent=traceparent)
    hidden = exchange.resources.hidden_from(exchange.actor.role)
    return Context(exchange.actor, exchange.request_id, None, False, traceparent, hidden)


def service_router(
    *, prefix: str = "", tags: Sequence[str] = (), dependencies: Sequence[params.Depends] = ()
) -> APIRouter:
    """Return a router whose routes are CrmRoutes; endpoints of one feature hang on one."""
    return APIRouter(
        prefix=prefix,
        tags=list(tags),
        dependencies=list(dependencies),
        route_class=CrmRoute,
        generate_unique_id_function=_operation_id,
    )


def _operation_id(route: APIRoute) -> str:
    # the endpoint's own name is what a generated client's method should be called
    return route.name
