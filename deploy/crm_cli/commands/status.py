"""`status` and `token`: looking at a running system."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crm_cli import tokens
from crm_cli.api import Api, ApiError
from crm_cli.console import AsJson, Url, say, show, table
from crm_cli.failure import CliError
from crm_cli.target import Target, find
from crm_cli.topology import SERVICES

if TYPE_CHECKING:
    from crm_cli.lag import Behind

_DAY = 86_400


def status(url: Url = None, as_json: AsJson = False) -> None:
    """Show each service's health, outbox, consumers and dead letters; fails when one is unwell."""
    target = find(url)
    with Api(target) as api:
        services = {service.name: look(api, service.name) for service in SERVICES}
    behind = asyncio.run(_lag(target))
    for name, seen in services.items():
        seen["consumers"] = [asdict(each) for each in behind[name]] if behind else None
    told = {"url": target.url, "kind": target.kind, "services": services}
    if as_json:
        show(told)
    else:
        say(f"{target.url} ({target.kind})")
        say(table([_HEAD, *(_row(name, seen) for name, seen in services.items())]))
        for each in (each for known in (behind or {}).values() for each in known if each.pending):
            say(f"  {each.durable} has {each.pending} events of {each.stream} to go")
    if not all(seen["healthy"] for seen in services.values()):
        raise CliError("Not every service is well.")


async def _lag(target: Target) -> "Mapping[str, Sequence[Behind]] | None":
    from crm_cli import lag

    return await lag.ask(target)


_HEAD = ("SERVICE", "HEALTH", "OUTBOX", "OLDEST", "CONSUMERS", "BEHIND BY", "DEAD LETTERS")


def look(api: Api, name: str) -> dict[str, Any]:
    """Return what a service says about itself."""
    own = f"/-/{name}"
    try:
        api.send("GET", f"{own}/health/ready")
        return {"healthy": True, **api.get(f"{own}/ops/status")}
    except ApiError as failed:
        return {"healthy": False, "reason": str(failed)}


def _row(name: str, seen: dict[str, Any]) -> tuple[object, ...]:
    consumers = seen["consumers"]
    told = ("?", "?") if consumers is None else (len(consumers), _waiting(consumers))
    if not seen["healthy"]:
        return (name, "down", "-", "-", *told, "-")
    outbox = seen["outbox"]
    oldest = f"{float(outbox['oldest_seconds'] or 0):.1f} s"
    return (name, "ready", outbox["pending"], oldest, *told, seen["dead_letters"])


def _waiting(consumers: Sequence[Mapping[str, Any]]) -> int:
    return sum(each["pending"] for each in consumers)


def token(
    hours: Annotated[
        float, typer.Option(min=0.01, max=24 * 365, help="How long it is valid.")
    ] = 24.0,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Print an admin's bearer token, signed by the operator key of this installation."""
    seconds = int(hours * 3600)
    signed = tokens.sign(find(url).operator_key, seconds=seconds)
    show({"token": signed, "expires_in": seconds}) if as_json else say(signed)
