"""Settings of the deals service: `DEALS_…` and what all services share."""

from collections.abc import Mapping
from typing import ClassVar

from crm_shared.settings import ServiceSettings, service_config


class Settings(ServiceSettings):
    model_config = service_config("deals")
    # A page is fifty rows from anywhere, of a table in memory or on a disk without a moving arm. By
    # its own guess (4) the database would rather walk the deals of all teams in their order: 1.5 ms
    # for a head's page in place of 0.45.
    planner: ClassVar[Mapping[str, str]] = {"random_page_cost": "1.1"}
