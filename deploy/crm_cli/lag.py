"""How far each durable is behind, asked of the broker with the operator's right to look."""

import asyncio
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from crm_cli import env
from crm_cli.nats_users import COMMITTED
from crm_cli.state import State
from crm_cli.target import DOT_ENV, Target, containers_nats
from crm_cli.topology import SERVICES
from crm_shared.events.jetstream import Bus, BusUnavailableError, Link

OPERATOR = "operator"
_SECONDS_TO_CONNECT = 3
_DURABLE = re.compile(r"\$JS\.API\.CONSUMER\.INFO\.(CRM_\w+)\.([a-z][\w-]+)")


@dataclass(frozen=True, slots=True)
class Behind:
    """One durable and how many events it has not finished."""

    durable: str
    stream: str
    pending: int


def operator_link(target: Target) -> Link:
    """Return how the operator reaches the broker of a system on this machine."""
    # The tool tells in its own words what went wrong, on the stream where it belongs.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    running = target.running
    settings = env.read(State.here().settings_file if running else DOT_ENV)
    address = running.nats_url if running else containers_nats(settings)
    return Link(address, "crm", user=OPERATOR, password=settings.get("NATS_OPERATOR_PASSWORD"))


def durables() -> dict[str, list[tuple[str, str]]]:
    """Return each service's durables as (stream, durable): nats.conf is made from them."""
    found: dict[str, list[tuple[str, str]]] = {}
    for user in COMMITTED.read_text().split("{ user: ")[1:]:
        name = user.partition("-worker,")[0]
        if name in {service.name for service in SERVICES}:
            found[name] = _DURABLE.findall(user)
    return found


async def ask(target: Target) -> Mapping[str, list[Behind]] | None:
    """Return what each service has still to read, or None where the broker is out of reach."""
    if target.is_named:
        return None
    try:
        bus = await asyncio.wait_for(Bus.connect(operator_link(target)), _SECONDS_TO_CONNECT)
    except TimeoutError:
        return None
    try:
        return {
            service: [await _behind(bus, stream, durable) for stream, durable in known]
            for service, known in durables().items()
        }
    finally:
        await bus.close()


async def _behind(bus: Bus, stream: str, durable: str) -> Behind:
    try:
        return Behind(durable, stream, await bus.pending(stream, durable))
    except BusUnavailableError:
        # Its worker has not made it yet: then it has read nothing and nothing waits for it.
        return Behind(durable, stream, 0)
