"""Routes of the inputs."""

from crm_reporting.inputs.endpoints import (
    baselines,
    costs,
    investments,
    plans,
    setup,
    workbook,
    workforce,
)

ROUTERS = [
    each.router for each in (baselines, plans, costs, workforce, investments, setup, workbook)
]
