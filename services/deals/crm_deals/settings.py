"""Settings of the deals service: `DEALS_…` and what all services share."""

from crm_shared.settings import ServiceSettings, service_config


class Settings(ServiceSettings):
    model_config = service_config("deals")
