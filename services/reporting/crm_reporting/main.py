"""The API process: wiring only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from crm_reporting.alarms import endpoints as alarms
from crm_reporting.custom_metrics import endpoints as custom_metrics
from crm_reporting.dashboard import endpoints as dashboard
from crm_reporting.effect import endpoints as effect
from crm_reporting.events import WatchedFieldsRead
from crm_reporting.inputs import endpoints as inputs
from crm_reporting.metrics import endpoints as metrics
from crm_reporting.nouns.catalogue import SHOWN
from crm_reporting.pay_rules import endpoints as pay_rules
from crm_reporting.permissions import PERMISSIONS
from crm_reporting.rates import endpoints as rates
from crm_reporting.rebuilds import endpoints as rebuilds
from crm_reporting.rebuilds.use_cases import ensure_build
from crm_reporting.reports import endpoints as reports
from crm_reporting.schedules import endpoints as schedules
from crm_reporting.settings import Settings
from crm_shared.app import service_app
from crm_shared.http.veil import AnnouncingReads, Guard
from crm_shared.settings import load

ROUTERS = [
    metrics.router, schedules.router, *reports.ROUTERS, rebuilds.router, effect.router,
    dashboard.router, alarms.router, rates.router, custom_metrics.router, pay_rules.router,
]  # fmt: skip


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application; it does not start on counters of another zone or currency."""
    settings = settings or load(Settings)
    return service_app(
        settings,
        title="CRM reporting",
        routers=[*ROUTERS, *inputs.ROUTERS],
        permissions=PERMISSIONS,
        on_start=[_check_build],
        guard=Guard(SHOWN, AnnouncingReads(lambda told: WatchedFieldsRead(reading=told))),
    )


@asynccontextmanager
async def _check_build(app: FastAPI) -> AsyncIterator[None]:
    async with app.state.resources.sessions.begin() as session:
        await ensure_build(session, app.state.settings)
    yield
