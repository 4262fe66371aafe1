"""The environment of each service's process: its own settings and secrets, no one else's."""

import os
from collections.abc import Mapping

from crm_cli.topology import SERVICES, Service

_SHARED_SECRETS = ("CRM_LINK_KEY", "CRM_JWKS")
_TOOL_ONLY = ("CRM_OPERATOR_KEY", "POSTGRES_PASSWORD")


def service_environment(
    service: Service, *, base: int, database_url: str, nats_url: str, settings: Mapping[str, str]
) -> dict[str, str]:
    """Return what this service's process is started with; the operator's own settings win."""
    secrets = {name: settings[name] for name in _SHARED_SECRETS}
    secrets |= {
        name: value for name, value in settings.items() if name.startswith(f"{service.prefix}_")
    }
    wanted = {
        "CRM_BASE_URL": f"http://127.0.0.1:{base}",
        f"{service.prefix}_HOST": "127.0.0.1",
        # the origin's own proxy: what it says of the caller's address is true
        "CRM_TRUSTED_PROXIES": "127.0.0.1",
        f"{service.prefix}_NATS_USER": f"{service.name}-worker",
        f"{service.prefix}_NATS_PASSWORD": settings[f"NATS_{service.prefix}_WORKER_PASSWORD"],
    }
    forced = {
        "CRM_NATS_URL": nats_url,
        f"{service.prefix}_DATABASE_URL": database_url,
        f"{service.prefix}_PORT": str(service.port(base)),
    }
    inherited = {name: v for name, v in os.environ.items() if _may_see(service, name)}
    return {**wanted, **secrets, **inherited, **forced}


def nats_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the passwords that nats.conf names."""
    return {name: value for name, value in settings.items() if name.startswith("NATS_")}


def _may_see(service: Service, name: str) -> bool:
    if name in _TOOL_ONLY or name.startswith("NATS_"):
        return False
    others = (f"{other.prefix}_" for other in SERVICES if other is not service)
    return not name.startswith(tuple(others))
