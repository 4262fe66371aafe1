"""What a worker says about itself over HTTP: alive, ready, metrics."""

import asyncio
from typing import Any

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from crm_shared.worker import Worker


def health_app(worker: Worker) -> FastAPI:
    """Make the small application that answers for a worker."""
    app = FastAPI(title=f"{worker.settings.service} worker", docs_url=None, redoc_url=None)

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        """Tell that the loop turns."""
        return {"status": "ok"}

    @app.get("/health/ready")
    async def ready(response: Response) -> dict[str, Any]:
        """Tell whether database and broker are there."""
        checks = {"database": await _database(worker), "broker": _broker(worker)}
        if not all(checks.values()):
            response.status_code = 503
        return {"status": "ok" if all(checks.values()) else "not ready", "checks": checks}

    @app.get("/metrics")
    async def metrics() -> Response:
        """Tell Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


async def _database(worker: Worker) -> bool:
    try:
        async with asyncio.timeout(2), worker.sessions() as session:
            await session.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError, TimeoutError):
        return False
    return True


def _broker(worker: Worker) -> bool:
    return worker.bus is not None and worker.bus.is_connected
