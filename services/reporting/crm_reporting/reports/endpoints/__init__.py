"""Routes of the reports: two that are read all day, and all the others by their definition."""

from crm_reporting.reports.endpoints import chain, composed, standing

ROUTERS = [standing.router, chain.router, composed.router]
