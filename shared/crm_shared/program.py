"""The command of every service: `python -m crm_<service> api|worker|all|migrate|contracts`."""

import argparse
import asyncio
import gc
import importlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI

from crm_shared.events import contracts
from crm_shared.observability.logging import configure_logging
from crm_shared.observability.metrics import SHARED_FOLDER
from crm_shared.settings import ServiceSettings, load
from crm_shared.worker import Worker, WorkerParts, run_worker
from crm_shared.worker_health import health_app

GRACE_S = 20
API_PACKAGE = "CRM_API_PACKAGE"
WORKER_PORT_OFFSET = 100


def main(package: str, arguments: Sequence[str] | None = None) -> None:
    """Run one role of a service until it is told to stop."""
    parser = argparse.ArgumentParser(prog=f"python -m {package}", description=main.__doc__)
    parser.add_argument("role", choices=["api", "worker", "all", "migrate", "contracts"])
    parser.add_argument("--processes", type=int, default=1, help="API processes on one port")
    parser.add_argument("--json", action="store_true", help="print contracts as JSON")
    parser.add_argument("--check", action="store_true", help="contracts: fail when stale")
    options = parser.parse_args(arguments)
    if options.role == "contracts":
        _contracts(package, check=options.check, as_json=options.json)
        return
    settings = load(_settings_of(package))
    configure_logging(settings.service, settings.log_level)
    if options.role == "migrate":
        from crm_shared.db import migrations  # noqa: PLC0415

        migrations.upgrade(package, settings.database_url)
    elif options.role == "api" and options.processes > 1:
        _many_apis(package, settings, options.processes)
    else:
        runner = uvloop.run(_serve(package, settings, options.role))
        sys.exit(runner)


def _settings_of(package: str) -> type[ServiceSettings]:
    settings: type[ServiceSettings] = importlib.import_module(f"{package}.settings").Settings
    return settings


def parts_of(package: str) -> WorkerParts:
    """Return what a service's worker runs."""
    parts: WorkerParts = importlib.import_module(f"{package}.worker").PARTS
    return parts


def app_of(package: str, settings: ServiceSettings) -> FastAPI:
    """Return a service's HTTP application."""
    app: FastAPI = importlib.import_module(f"{package}.main").create_app(settings)
    return app


def server_options(settings: ServiceSettings) -> dict[str, Any]:
    """Return how uvicorn is run: uvloop and httptools by name, or not at all."""
    return {
        "host": settings.host,
        "port": settings.port,
        "loop": "uvloop",
        "http": "httptools",
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "proxy_headers": False,
        "timeout_graceful_shutdown": GRACE_S,
        "timeout_keep_alive": 75,
        "lifespan": "on",
    }


def _many_apis(package: str, settings: ServiceSettings, processes: int) -> None:
    os.environ[API_PACKAGE] = package
    with tempfile.TemporaryDirectory(prefix="crm-metrics-") as folder:
        # set before the processes load what measures: /metrics of any of them tells of all
        os.environ[SHARED_FOLDER] = folder
        uvicorn.run(
            "crm_shared.program:one_of_many",
            factory=True,
            workers=processes,
            **server_options(settings),
        )


def one_of_many() -> FastAPI:
    """Make the application in one of several API processes; uvicorn starts them by name."""
    package = os.environ[API_PACKAGE]
    settings = load(_settings_of(package))
    configure_logging(settings.service, settings.log_level)
    with _nothing_to_collect():
        return app_of(package, settings)


@contextmanager
def _nothing_to_collect() -> Iterator[None]:
    """Load what stays for good without looking for garbage in it, now and ever after.

    A quarter of a start, and a pause of some 50 ms at each full collection, went into walking
    through models, routes and tables that live as long as the process.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class _Server(uvicorn.Server):
    """A server whose signals are ours: the worker beside it must stop in order too."""

    def install_signal_handlers(self) -> None:
        return None

    def capture_signals(self) -> Any:
        return _NoSignals()


class _NoSignals:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_ignored: object) -> None:
        return None


async def _serve(package: str, settings: ServiceSettings, role: str) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    tasks = []
    worker: Worker | None = None
    with _nothing_to_collect():
        if role in ("worker", "all"):
            worker = Worker(settings, parts_of(package))
        if role in ("api", "all"):
            tasks.append(_serve_http(app_of(package, settings), server_options(settings), stop))
    if worker is not None:
        tasks.append(run_worker(worker, stop))
    if role == "worker" and worker is not None:
        options = server_options(settings)
        if options["port"]:
            options["port"] += WORKER_PORT_OFFSET
        tasks.append(_serve_http(health_app(worker), options, stop))
    results = await asyncio.gather(*tasks, return_exceptions=True)
    return 1 if any(isinstance(result, BaseException) for result in results) else 0


async def _serve_http(app: FastAPI, options: dict[str, Any], stop: asyncio.Event) -> None:
    server = _Server(uvicorn.Config(app, **options))

    async def stop_with_us() -> None:
        await stop.wait()
        resources = getattr(app.state, "resources", None)
        if resources is not None:
            resources.stopping.set()
        server.should_exit = True

    waiter = asyncio.create_task(stop_with_us())
    try:
        await server.serve()
    finally:
        waiter.cancel()
        stop.set()
    if not server.started:
        raise RuntimeError(f"port {options['port']} is in use or the application did not start")


def _contracts(package: str, *, check: bool, as_json: bool) -> None:
    summary = contracts.summary(package)
    if as_json:
        sys.stdout.write(json.dumps(summary) + os.linesep)
        return
    stale = contracts.write(package, check=check)
    for name in stale:
        sys.stdout.write(f"{'stale' if check else 'written'}: {name}{os.linesep}")
    if check and stale:
        sys.exit(1)
