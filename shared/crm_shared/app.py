"""A service's HTTP application: everything of `crm_shared.http`, wired in one call."""

import asyncio
import inspect
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import parent_process

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Lifespan

from crm_shared.actor import Permission
from crm_shared.db.engine import (
    SETTINGS,
    make_autocommit_sessions,
    make_engine,
    make_sessions,
)
from crm_shared.errors import ServiceError
from crm_shared.events.jetstream import Link
from crm_shared.events.poke import Poke
from crm_shared.exports.room import ExportRoom
from crm_shared.http import docs, event_docs, health, ops
from crm_shared.http.auth import SIGNED_IN, Authenticator
from crm_shared.http.cors import with_cors
from crm_shared.http.cursor import CursorCodec
from crm_shared.http.database_problems import DATABASE_ERRORS, on_database_error
from crm_shared.http.directory import Directory
from crm_shared.http.exchange import Resources
from crm_shared.http.middleware import CrmMiddleware
from crm_shared.http.openapi import document_of
from crm_shared.http.ops import OPERATE
from crm_shared.http.pagination import CODEC, Listing, Page
from crm_shared.http.problems import on_http_exception, on_service_error, on_validation_error
from crm_shared.http.rate_limit import RateLimiter
from crm_shared.http.routing import CrmRoute
from crm_shared.http.shapes import Shown
from crm_shared.http.tokens import TokenVerifier
from crm_shared.http.veil import Guard, NobodyWatches
from crm_shared.observability.logging import configure_logging, get_logger, told_without_values
from crm_shared.observability.metrics import LOOPS_DIED
from crm_shared.settings import ServiceSettings

log = get_logger(__name__)

Loop = Callable[[], Coroutine[object, object, None]]
OnStart = Callable[[FastAPI], AbstractAsyncContextManager[None]]
FIRST_LOOK_WITHIN_S = 3.0
CANCEL_AGAIN_AFTER_S = 1.0


class RouteWithoutPermissionError(Exception):
    """A route says neither who may call it nor that everybody may."""

    def __init__(self, route: CrmRoute) -> None:
        super().__init__(f"{route.methods} {route.path} declares neither require() nor public()")


class ServiceApp(FastAPI):
    """FastAPI with our one middleware in place of its five."""

    resources: Resources

    def build_middleware_stack(self) -> ASGIApp:
        """Wrap the router: refusals become answers, then our layer around all of it."""
        handlers = dict(self.exception_handlers)
        inner = ExceptionMiddleware(AsyncExitStackMiddleware(self.router), handlers=handlers)
        return with_cors(CrmMiddleware(inner, self.resources), self.resources.settings)

    def openapi(self) -> dict[str, object]:
        """Return the OpenAPI 3.1 document."""
        if not self.openapi_schema:
            self.openapi_schema = document_of(self)
        return self.openapi_schema


@dataclass(frozen=True, slots=True)
class _Process:
    """What one API process holds, from its start to its end."""

    engine: AsyncEngine
    directory: Directory
    poke: Poke
    resources: Resources


def service_app(
    settings: ServiceSettings,
    *,
    title: str,
    routers: Sequence[APIRouter],
    permissions: Sequence[Permission],
    on_start: Sequence[OnStart] = (),
    schema_head: Callable[[], str | None] | None = None,
    exports: ExportRoom | None = None,
    guard: Guard | None = None,
) -> FastAPI:
    """Return a service's application; it refuses routes without require() or public().

    `exports` hangs an export beside every list; `guard` hides fields
    from roles and hears who read what. `on_start` are context managers that live as
    long as the application does.
    """
    # a process that uvicorn has spawned has not been through `program.main`
    if parent_process() is not None and not structlog.is_configured():
        configure_logging(settings.service, settings.log_level)
    process = _process(settings, schema_head or cache(partial(_head_of, settings.service)))
    if guard is not None:
        process.resources.shown, process.resources.read_watch = guard.shown, guard.watch
    app = ServiceApp(
        title=title,
        version="1",
        lifespan=_lifespan(process, on_start),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # spans only, for those who set a tracer provider; its logs would quote exceptions
        telemetry={"metrics": False, "logs": False, "operation_spans": False},
    )
    app.resources = process.resources
    app.state.resources = process.resources
    app.state.directory = process.directory
    app.state.settings = settings
    app.state.permissions = [*permissions, OPERATE, SIGNED_IN]
    _add_handlers(app)
    # before all: `export` is no id
    if exports is not None:
        routers = [exports.router(routers, per_hour=settings.exports_per_hour), *routers]
    _hang(app, [*routers, health.router, ops.router, docs.router, event_docs.router])
    return app


def _process(settings: ServiceSettings, schema_head: Callable[[], str | None]) -> _Process:
    name = f"{settings.service}-api"
    engine = make_engine(
        settings.database_url,
        application=f"crm-{name}",
        pool_size=settings.pool_size,
        planner=settings.planner,
    )
    sessions, autocommit = make_sessions(engine), make_autocommit_sessions(engine)
    for made in (sessions, autocommit):
        made.configure(info={SETTINGS: settings, CODEC: CursorCodec(settings.link_key.encode())})
    directory = Directory(autocommit)
    link = Link(settings.nats_url, name, settings.nats_user, settings.nats_password)
    poke = Poke(link, f"crm-poke.{settings.service}")
    resources = Resources(
        settings=settings,
        sessions=sessions,
        autocommit=autocommit,
        authenticator=Authenticator(TokenVerifier(settings.public_keys), directory),
        schema_head=schema_head,
        limiter=RateLimiter(settings.rate_limit),
        shown=Shown(),
        read_watch=NobodyWatches(),
        wake_relay=poke.send,
    )
    return _Process(engine, directory, poke, resources)


def _lifespan(process: _Process, on_start: Sequence[OnStart]) -> Lifespan[FastAPI]:
    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(process.engine.dispose)
            for start in on_start:
                await stack.enter_async_context(start(app))
            await process.directory.first_look(within_s=FIRST_LOOK_WITHIN_S)
            loops = _background(directory=process.directory.follow, poke=process.poke.run)
            await stack.enter_async_context(loops)
            yield

    return live


def _add_handlers(app: FastAPI) -> None:
    app.add_exception_handler(ServiceError, on_service_error)
    app.add_exception_handler(RequestValidationError, on_validation_error)
    app.add_exception_handler(HTTPException, on_http_exception)
    for error in DATABASE_ERRORS:
        app.add_exception_handler(error, on_database_error)


def _hang(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    # include_router() would match every request three times; our routers are flat and need it not
    known = {permission.name for permission in app.state.permissions}
    names: set[str] = set()
    for router in routers:
        for route in router.routes:
            if not isinstance(route, CrmRoute):
                raise TypeError(f"{route} does not come from service_router()")
            _check_route(route, known)
            if route.name in names:
                raise TypeError(
                    f"two endpoints are called {route.name}; clients need one name each"
                )
            names.add(route.name)
            _veil(route, app.state.resources.shown)
            app.router.routes.append(route)


def _veil(route: CrmRoute, shown: Shown) -> None:
    route.veil_with(shown)
    model = route.response_model
    if isinstance(model, type) and issubclass(model, Page):
        of = model.__pydantic_generic_metadata__["args"]
        for one in route.dependant.dependencies:
            if isinstance(one.call, Listing) and of:
                one.call.shows = shown.noun_of(of[0])


def _check_route(route: CrmRoute, known: set[str]) -> None:
    if not route.requirements and not route.is_public:
        raise RouteWithoutPermissionError(route)
    call = route.endpoint
    if not (inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call)):
        raise TypeError(f"{route.name} is not async: it would take a thread for every request")
    unknown = {one.permission.name for one in route.requirements} - known
    if unknown:
        raise TypeError(f"{route.path} demands {unknown}, missing in the service's table")


@asynccontextmanager
async def _background(**loops: Loop) -> AsyncIterator[None]:
    tasks = {asyncio.create_task(_watched(name, loop)) for name, loop in loops.items()}
    try:
        yield
    finally:
        # a driver may swallow a cancellation that meets its own timeout: it is told again
        while tasks:
            for task in tasks:
                task.cancel()
            _done, tasks = await asyncio.wait(tasks, timeout=CANCEL_AGAIN_AFTER_S)


async def _watched(name: str, loop: Loop) -> None:
    try:
        await loop()
    except Exception as death:
        log.error("loop died", loop=name, **told_without_values(death))
        LOOPS_DIED.labels(name).inc()
        # the orchestrator starts a whole process again, not half of one
        signal.raise_signal(signal.SIGTERM)


def _head_of(service: str) -> str | None:
    # Alembic is a fifth of a second of the start: it can wait until somebody asks for readiness.
    from crm_shared.db.migrations import head_of  # noqa: PLC0415

    return head_of(f"crm_{service}")
