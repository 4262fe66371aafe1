"""`status` and `token`: looking at a running system."""

from typing import Annotated, Any

import typer

from crm_cli import tokens
from crm_cli.api import Api, ApiError
from crm_cli.console import AsJson, Url, say, show, table
from crm_cli.failure import CliError
from crm_cli.target import find
from crm_cli.topology import SERVICES

_DAY = 86_400


def status(url: Url = None, as_json: AsJson = False) -> None:
    """Show each service's health, outbox, consumers and dead letters; fails when one is unwell."""
    target = find(url)
    with Api(target) as api:
        services = {service.name: _look(api, service.name) for service in SERVICES}
    told = {"url": target.url, "kind": target.kind, "services": services}
    if as_json:
        show(told)
    else:
        say(f"{target.url} ({target.kind})")
        say(table([_HEAD, *(_row(name, seen) for name, seen in services.items())]))
        for name, seen in services.items():
            for behind in seen["behind"]:
                say(f"  {name}: {behind['durable']} has {behind['pending']} waiting")
    if not all(seen["healthy"] for seen in services.values()):
        raise CliError("Not every service is well.")


_HEAD = ("SERVICE", "HEALTH", "OUTBOX", "OLDEST", "CONSUMERS BEHIND BY", "DEAD LETTERS")


def _look(api: Api, name: str) -> dict[str, Any]:
    own = f"/-/{name}"
    try:
        api.send("GET", f"{own}/health/ready")
        found = api.get(f"{own}/ops/status")
    except ApiError as failed:
        return {"healthy": False, "reason": str(failed), "consumers": [], "behind": []}
    consumers = found.get("consumers") or []
    waiting = [each for each in consumers if _lag(each)]
    return {**found, "healthy": True, "lag": sum(map(_lag, consumers)), "behind": waiting}


def _lag(consumer: dict[str, Any]) -> int:
    return int(consumer.get("pending") or 0) + int(consumer.get("ack_pending") or 0)


def _row(name: str, seen: dict[str, Any]) -> tuple[object, ...]:
    if not seen["healthy"]:
        return (name, "down", "-", "-", "-", "-")
    outbox = seen.get("outbox") or {}
    oldest = outbox.get("oldest_seconds") or 0
    return (
        *(name, "ready", outbox.get("pending", 0), f"{float(oldest):.1f} s"),
        *(seen["lag"], seen.get("dead_letters", 0)),
    )


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
