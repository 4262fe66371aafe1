"""Whether the process lives, whether it can work, and what it measures."""

import asyncio
from typing import Any, Literal

from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from crm_shared.http.auth import public
from crm_shared.http.exchange import Resources, exchange_of
from crm_shared.http.routing import service_router
from crm_shared.observability.metrics import exposition

CHECK_WITHIN_S = 2.0


class Health(BaseModel):
    """How the process is."""

    status: Literal["ok", "not-ready"]
    checks: dict[str, bool]


router = service_router(tags=["health"], dependencies=[public()])


@router.get("/health/live")
async def live() -> Health:
    """Tell that the process turns; touches nothing else."""
    return Health(status="ok", checks={})


@router.get("/health/ready", responses={503: {"model": Health, "description": "Not ready"}})
async def ready(request: Request, response: Response) -> Health:
    """Tell whether the database is there and at the newest revision this code knows."""
    checks = await _checks(exchange_of(request).resources)
    if not all(checks.values()):
        response.status_code = 503
    return Health(status="ok" if all(checks.values()) else "not-ready", checks=checks)


@router.get("/metrics", include_in_schema=False)
async def metrics() -> Response:
    """Tell Prometheus what the processes on this port have measured."""
    return Response(exposition(), media_type=CONTENT_TYPE_LATEST)


async def _checks(resources: Resources) -> dict[str, bool]:
    try:
        async with asyncio.timeout(CHECK_WITHIN_S), resources.autocommit() as session:
            found: Any = await session.scalar(text("SELECT max(version_num) FROM alembic_version"))
    except (SQLAlchemyError, OSError, TimeoutError):
        return {"database": False, "schema": False}
    return {"database": True, "schema": found == resources.schema_head()}
