"""Settings of the reporting service: `REPORTING_…` and what all services share."""

from collections.abc import Mapping
from typing import ClassVar

from crm_shared.settings import ServiceSettings, service_config


class Settings(ServiceSettings):
    model_config = service_config("reporting")
    # A plan for whatever may be asked knows neither the part, by which indexes are partial, nor
    # how long the period is: after five equal questions the sixth took four times as long.
    planner: ClassVar[Mapping[str, str]] = {
        "plan_cache_mode": "force_custom_plan",
        # a year of a hundred thousand cases is sorted in memory
        "work_mem": "16MB",
    }
