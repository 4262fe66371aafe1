"""Which system a command speaks to: the embedded one, the one in containers, or one by address."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from crm_cli import env
from crm_cli.failure import CliError
from crm_cli.state import ROOT, Running, State
from crm_cli.topology import DEFAULT_PORT_BASE

DOT_ENV = ROOT / ".env"
_LOOPBACK = "127.0.0.1"
_EVERYWHERE = "0.0.0.0"  # noqa: S104 only compared with, to ask the loopback address instead
_NATS_PORT = 4222


@dataclass(frozen=True, slots=True)
class Target:
    """An origin's address and the key that opens it; `running` when it is the embedded one."""

    url: str
    operator_key: str
    running: Running | None = None
    is_named: bool = False

    @property
    def kind(self) -> str:
        if self.running:
            return "embedded"
        return "named" if self.is_named else "containers"


def find(url: str | None = None) -> Target:
    """Return the named system, else the embedded one that runs, else the one of `.env`."""
    state, named = State.here(), url or os.environ.get("CRM_URL")
    running = None if named else state.running()
    if running is not None:
        return Target(running.url, _key(env.read(state.settings_file)), running)
    settings = env.read(DOT_ENV)
    if named:
        key = _key(settings or env.read(state.settings_file))
        return Target(named.rstrip("/"), key, is_named=True)
    if not settings:
        raise CliError("Nothing runs here. Start it with: ./crm up (or docker compose up)")
    return Target(containers_url(settings), _key(settings))


def containers_url(settings: Mapping[str, str]) -> str:
    """Return where the origin of the containers answers on this machine.

    Not by CRM_DOMAIN: that name may lead elsewhere, and its certificate may be of an own authority.
    """
    bind = settings.get("CRM_BIND") or _LOOPBACK
    host = _LOOPBACK if bind == _EVERYWHERE else bind
    return f"http://{host}:{settings.get('CRM_PORT_BASE') or DEFAULT_PORT_BASE}"


def containers_nats(settings: Mapping[str, str]) -> str:
    """Return where the broker of the containers answers on this machine."""
    bind = settings.get("CRM_NATS_BIND") or f"{_LOOPBACK}:{_NATS_PORT}"
    host, _, port = bind.rpartition(":")
    host = _LOOPBACK if host in ("", _EVERYWHERE) else host
    return f"nats://{host}:{port}"


def _key(settings: dict[str, str]) -> str:
    key = os.environ.get("CRM_OPERATOR_KEY") or settings.get("CRM_OPERATOR_KEY")
    if not key:
        raise CliError("There is no CRM_OPERATOR_KEY: ./crm up and ./crm env make one.")
    return key
